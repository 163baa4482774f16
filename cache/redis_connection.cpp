#include "cache/redis_connection.h"

#include "config/address.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>

#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

error unavailable(const error_code& failure) {
    return {errc::redis_unavailable, failure.message()};
}

std::vector<asio::const_buffer> buffers_of(const std::vector<slice>& pieces) {
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(pieces.size());
    for (const slice& each : pieces)
        buffers.emplace_back(each.bytes.data(), each.bytes.size());
    return buffers;
}

// SNI, and the name or address that the certificate must be for. False: OpenSSL refused one.
bool set_name(SSL* connection, const std::string& name, bool verify) {
    const bool literal = config::is_ip_address(name);
    // RFC 6066 3: no addresses in server_name.
    if (!literal && SSL_set_tlsext_host_name(connection, name.c_str()) != 1) return false;
    if (!verify) return true;
    X509_VERIFY_PARAM* rules = SSL_get0_param(connection);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return (literal ? X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str())
                    : X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size())) == 1;
}

}  // namespace

redis_connection::redis_connection(asio::any_io_executor home) : home_(home), socket_(home), resolver_(home) {}

asio::awaitable<result<std::vector<redis_connection::address>>> redis_connection::look_up(std::string host,
                                                                                          std::string port) {
    const auto [failure, found] = co_await resolver_.async_resolve(
        host, port, asio::ip::tcp::resolver::numeric_service | asio::ip::tcp::resolver::address_configured, as_values);
    if (failure) co_return unavailable(failure);
    std::vector<address> addresses;
    for (const auto& each : found)
        addresses.emplace_back(each.endpoint());
    co_return addresses;
}

asio::awaitable<result<void>> redis_connection::connect(address to) {
    error_code failure;
    socket_.close(failure);
    if (closed_) co_return error{errc::redis_unavailable, "closed"};
    socket_.open(to.protocol(), failure);
    if (failure) co_return unavailable(failure);
    // Not there on a Unix socket, and not needed.
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    const auto [refused] = co_await socket_.async_connect(to, as_values);
    if (refused) co_return unavailable(refused);
    co_return result<void>{};
}

asio::awaitable<result<void>> redis_connection::shake_hands(std::shared_ptr<asio::ssl::context> context,
                                                            std::string server_name, bool verify) {
    context_ = std::move(context);
    tls_.emplace(socket_, *context_);
    if (!set_name(tls_->native_handle(), server_name, verify)) {
        ERR_clear_error();
        co_return error{errc::redis_unavailable, "TLS: the name of the server can't be verified"};
    }
    const auto [failure] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_values);
    if (!failure) co_return result<void>{};
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    const std::string why = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : failure.message();
    co_return error{errc::redis_unavailable, "TLS: " + why};
}

void redis_connection::write(std::vector<slice> pieces, std::function<void(const error_code&)> done) {
    const auto buffers = buffers_of(pieces);
    auto finish = [self = shared_from_this(), kept = std::move(pieces), done = std::move(done)](
                      const error_code& failure, std::size_t) { done(failure); };
    if (tls_) {
        asio::async_write(*tls_, buffers, std::move(finish));
    } else {
        asio::async_write(socket_, buffers, std::move(finish));
    }
}

asio::awaitable<error_code> redis_connection::write_all(std::vector<slice> pieces) {
    const auto buffers = buffers_of(pieces);
    if (tls_) {
        const auto [failure, count] = co_await asio::async_write(*tls_, buffers, as_values);
        co_return failure;
    }
    const auto [failure, count] = co_await asio::async_write(socket_, buffers, as_values);
    co_return failure;
}

asio::awaitable<error_code> redis_connection::fill() {
    const std::span<char> room = replies_.prepare();
    const auto into = asio::buffer(room.data(), room.size());
    if (tls_) {
        const auto [failure, count] = co_await tls_->async_read_some(into, as_values);
        replies_.commit(count);
        co_return failure;
    }
    const auto [failure, count] = co_await socket_.async_read_some(into, as_values);
    replies_.commit(count);
    co_return failure;
}

asio::awaitable<result<redis_reply>> redis_connection::read() {
    for (;;) {
        auto next = replies_.next();
        if (!next) co_return next.error();
        if (*next) co_return std::move(**next);
        const error_code failure = co_await fill();
        if (failure) co_return unavailable(failure);
    }
}

asio::awaitable<result<std::vector<redis_reply>>> redis_connection::ask(std::vector<redis_command> commands) {
    redis_batch batch;
    for (const redis_command& each : commands)
        batch.add(each);
    const error_code failure = co_await write_all(batch.take());
    if (failure) co_return unavailable(failure);
    std::vector<redis_reply> replies;
    while (replies.size() < commands.size()) {
        auto reply = co_await read();
        if (!reply) co_return reply.error();
        replies.push_back(std::move(*reply));
    }
    co_return replies;
}

void redis_connection::end_operations() noexcept {
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
}

void redis_connection::close() noexcept {
    closed_ = true;
    end_operations();
}

redis_connection::time_limit::time_limit(std::shared_ptr<redis_connection> over, steady_time due)
    : timer_(over->home_, due) {
    timer_.async_wait([passed = std::weak_ptr<bool>(passed_),
                       over = std::weak_ptr<redis_connection>(over)](const error_code& cancelled) {
        const auto flag = passed.lock();
        const auto connection = over.lock();
        if (cancelled || flag == nullptr || connection == nullptr) return;
        *flag = true;
        connection->end_operations();
    });
}

}  // namespace nearside::cache
