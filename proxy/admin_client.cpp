#include "proxy/admin_client.h"

#include "config/address.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/url/parse.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::uint64_t most_content = std::uint64_t{256} * 1024 * 1024;

struct destination {
    bool secure = false;
    std::string host;  // as it is looked up
    std::string port;
    std::string authority;  // as Host tells it
};

std::optional<destination> destination_of(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->host().empty()) return std::nullopt;
    if (parsed->scheme() != "http" && parsed->scheme() != "https") return std::nullopt;
    const bool secure = parsed->scheme() == "https";
    return destination{.secure = secure,
                       .host = parsed->host_address(),
                       .port = parsed->has_port() ? std::string(parsed->port()) : std::string(secure ? "443" : "80"),
                       .authority = std::string(parsed->encoded_host_and_port())};
}

http::request<http::string_body> request_of(const admin_question& question, const destination& where) {
    http::request<http::string_body> request;
    request.version(11);
    request.method_string(question.method);
    request.target(question.target);
    request.set(http::field::host, where.authority);
    request.set(http::field::user_agent, "nearside/" NEARSIDE_VERSION);
    if (!question.token.empty()) request.set(http::field::authorization, "Bearer " + question.token);
    if (!question.content.empty()) request.set(http::field::content_type, "application/json");
    request.body() = question.content;
    request.prepare_payload();
    request.keep_alive(false);
    return request;
}

// One run; what it was at tells what an exception means.
class conversation {
public:
    conversation(const admin_question& question, destination where)
        : question_(question), where_(std::move(where)), trust_(asio::ssl::context::tls_client) {}

    asio::awaitable<void> run() {
        const auto executor = co_await asio::this_coro::executor;
        asio::ip::tcp::resolver resolver(executor);
        at_ = errc::resolve_failed;
        const auto addresses = co_await resolver.async_resolve(where_.host, where_.port, asio::use_awaitable);
        if (where_.secure) {
            at_ = errc::tls_failed;
            trust();
            beast::ssl_stream<beast::tcp_stream> stream(executor, trust_);
            co_await connect(stream.next_layer(), addresses);
            at_ = errc::tls_failed;
            if (!config::is_ip_address(where_.host))
                SSL_set_tlsext_host_name(stream.native_handle(), where_.host.c_str());
            stream.set_verify_callback(asio::ssl::host_name_verification(where_.host));
            co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
            co_await talk(stream);
        } else {
            beast::tcp_stream stream(executor);
            co_await connect(stream, addresses);
            co_await talk(stream);
        }
    }

    errc at() const noexcept { return at_; }
    admin_reply take() { return std::move(reply_); }

private:
    void trust() {
        trust_.set_verify_mode(asio::ssl::verify_peer);
        if (question_.ca_file.empty()) {
            trust_.set_default_verify_paths();
        } else {
            trust_.load_verify_file(question_.ca_file);
        }
    }

    asio::awaitable<void> connect(beast::tcp_stream& stream, asio::ip::tcp::resolver::results_type addresses) {
        at_ = errc::connect_failed;
        stream.expires_after(question_.patience);
        co_await stream.async_connect(addresses, asio::use_awaitable);
    }

    template <class Stream>
    asio::awaitable<void> talk(Stream& stream) {
        at_ = errc::malformed_response;
        const auto request = request_of(question_, where_);
        co_await http::async_write(stream, request, asio::use_awaitable);
        beast::flat_buffer buffer;
        http::response_parser<http::string_body> parser;
        parser.body_limit(most_content);
        co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
        reply_.status = static_cast<int>(parser.get().result_int());
        reply_.content = std::move(parser.get().body());
    }

    const admin_question& question_;
    const destination where_;
    asio::ssl::context trust_;
    errc at_ = errc::internal;
    admin_reply reply_;
};

}  // namespace

result<admin_reply> ask_admin(const admin_question& question) {
    std::optional<destination> where = destination_of(question.url);
    if (!where) return error{errc::bad_request, "not a URL with http or https and a host: " + question.url};
    asio::io_context context(1);
    conversation talk(question, *std::move(where));
    std::exception_ptr thrown;
    asio::co_spawn(context, talk.run(), [&thrown](std::exception_ptr what) { thrown = std::move(what); });
    context.run_for(question.patience);
    if (!context.stopped()) return error{errc::total_timeout, "no answer in time"};
    if (!thrown) return talk.take();
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& failed) {
        if (failed.code() == beast::error::timeout) return error{errc::total_timeout, "no answer in time"};
        return error{talk.at(), failed.code().message()};
    }
}

}  // namespace nearside::proxy
