#include "loadtest/farapi/server.h"

#include "loadtest/farapi/reply_fault.h"
#include "loadtest/farapi/wire.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <ctime>
#include <sys/socket.h>

namespace nearside::farapi {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t largest_request_body = 16 * 1024 * 1024;
constexpr std::chrono::milliseconds look_for_close_every{20};
constexpr int accept_queue = 4096;

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

bool peer_has_closed(tcp::socket& socket) {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

request take_request(http::request<http::string_body>&& message) {
    request taken;
    taken.head.method = std::string(message.method_string());
    taken.head.target = std::string(message.target());
    taken.head.version = static_cast<int>(message.version());
    for (const auto& field : message) {
        const auto name = field.name_string(), value = field.value();
        taken.head.fields.append({name.data(), name.size()}, {value.data(), value.size()});
    }
    taken.body = std::move(message.body());
    return taken;
}

// As it crossed the link, but for spaces that mean nothing.
std::uint64_t wire_size(const request& asked) {
    std::string fields;
    asked.head.fields.write_to(fields);
    constexpr std::size_t line = std::string_view("  HTTP/1.1\r\n\r\n").size();
    return asked.head.method.size() + asked.head.target.size() + line + fields.size() + asked.body.size();
}

struct shared_parts {
    server_options options;
    server_parts parts;
    asio::thread_pool& pool;
};

struct planned_answer {
    wire_script script{};
    bool counted = false;  // not a control request
    bool not_modified = false;
    std::uint64_t body_bytes = 0;
    std::uint64_t wire_bytes = 0;  // of request and answer, heads and bodies
};

class connection {
public:
    connection(tcp::socket socket, shared_parts& shared) : stream_(std::move(socket)), shared_(shared) {
        shared_.parts.counts.connection_opened();
    }
    ~connection() {
        if (!control_) shared_.parts.counts.connection_closed();
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    asio::awaitable<void> run();

private:
    asio::awaitable<planned_answer> answer(request asked, bool keep_alive);
    // False when the connection is over.
    asio::awaitable<bool> act(wire_script script);
    asio::awaitable<bool> pause(std::chrono::milliseconds duration);
    void reset();

    beast::tcp_stream stream_;
    shared_parts& shared_;
    bool control_ = false;
    std::uint64_t last_used_ = 0;
};

asio::awaitable<void> connection::run() {
    beast::flat_buffer buffer;
    beast::error_code failure;
    auto told = asio::redirect_error(asio::use_awaitable, failure);
    stream_.socket().set_option(tcp::no_delay(true), failure);
    for (bool first = true, open = true; open; first = false) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(largest_request_body);
        stream_.expires_after(shared_.options.keep_alive);
        co_await http::async_read(stream_, buffer, parser, told);
        if (failure) break;
        stream_.expires_never();
        const bool keep_alive = parser.get().keep_alive();
        request asked = take_request(parser.release());
        if (first && control::is_for(asked.head.path())) {
            control_ = true;
            shared_.parts.counts.connection_is_control();
        }
        planned_answer planned = co_await answer(std::move(asked), keep_alive);
        open = co_await act(std::move(planned.script));
        if (planned.counted)
            shared_.parts.counts.request_ended(planned.not_modified, planned.body_bytes, planned.wire_bytes);
    }
    stream_.socket().shutdown(tcp::socket::shutdown_both, failure);
}

asio::awaitable<planned_answer> connection::answer(request asked, bool keep_alive) {
    wire_options wire{.head_only = asked.head.method == "HEAD", .keep_alive = keep_alive, .date = http_date()};
    if (control::is_for(asked.head.path())) {
        reply told = shared_.parts.controls.answer(asked);
        co_return planned_answer{.script = write_wire(std::move(told), wire, std::nullopt)};
    }
    auto& parts = shared_.parts;
    parts.counts.request_started(asked.head, last_used_);
    auto how = parts.faults.strike(asked.head);
    reply answer = parts.rest.answer(asked, parts.time.now());
    const bool heavy = static_cast<bool>(answer.large);
    if (how && how->kind != fault_kind::delay && how->kind != fault_kind::close_after) {
        asked.head.fields.erase("If-None-Match");  // a fault strikes whole answers
    }
    const auto here = stream_.get_executor();
    if (heavy) co_await asio::post(asio::bind_executor(shared_.pool, asio::use_awaitable));
    if (how) bend_reply(answer, *how);
    const bool not_modified = finish_reply(answer, asked.head, shared_.options.replies);
    if (heavy) co_await asio::post(asio::bind_executor(here, asio::use_awaitable));
    if (shared_.options.service_time.count() > 0) {
        if (!how) how.emplace();
        how->delay += shared_.options.service_time;
    }
    planned_answer planned{.counted = true, .not_modified = not_modified, .body_bytes = answer.body.size()};
    planned.wire_bytes = wire_size(asked);
    planned.script = write_wire(std::move(answer), wire, how);
    for (const wire_step& step : planned.script)
        planned.wire_bytes += step.to - step.from;
    co_return planned;
}

asio::awaitable<bool> connection::act(wire_script script) {
    beast::error_code failure;
    auto told = asio::redirect_error(asio::use_awaitable, failure);
    std::vector<asio::const_buffer> pending;
    for (const auto& step : script) {
        if (step.does == wire_step::kind::send) {
            pending.push_back(asio::buffer(step.bytes->data() + step.from, step.to - step.from));
            continue;
        }
        if (!pending.empty()) co_await asio::async_write(stream_, pending, told);
        pending.clear();
        if (failure || step.does == wire_step::kind::close) co_return false;
        if (step.does == wire_step::kind::reset) {
            reset();
            co_return false;
        }
        const bool still_there = co_await pause(step.pause);
        if (!still_there) co_return false;
    }
    if (!pending.empty()) co_await asio::async_write(stream_, pending, told);
    co_return !failure;
}

asio::awaitable<bool> connection::pause(std::chrono::milliseconds duration) {
    asio::steady_timer timer(stream_.get_executor());
    const auto until = std::chrono::steady_clock::now() + duration;
    for (auto now = std::chrono::steady_clock::now(); now < until; now = std::chrono::steady_clock::now()) {
        timer.expires_at(std::min(until, now + look_for_close_every));
        co_await timer.async_wait(asio::use_awaitable);
        if (peer_has_closed(stream_.socket())) co_return false;
    }
    co_return true;
}

void connection::reset() {
    beast::error_code failure;
    stream_.socket().set_option(asio::socket_base::linger(true, 0), failure);
    stream_.socket().close(failure);
}

asio::awaitable<void> run_connection(tcp::socket socket, shared_parts& shared) {
    connection one(std::move(socket), shared);
    co_await one.run();
}

asio::awaitable<void> accept_all(tcp::acceptor acceptor, shared_parts& shared) {
    for (;;) {
        beast::error_code failure;
        auto told = asio::redirect_error(asio::use_awaitable, failure);
        tcp::socket socket = co_await acceptor.async_accept(told);
        if (failure == asio::error::operation_aborted) co_return;
        if (failure) continue;
        const auto executor = socket.get_executor();
        asio::co_spawn(executor, run_connection(std::move(socket), shared), asio::detached);
    }
}

}  // namespace

void serve(const server_options& options, server_parts parts, const std::function<void(std::uint16_t)>& listening) {
    asio::thread_pool pool(1);
    shared_parts shared{options, parts, pool};
    asio::io_context io(1);  // its end destroys connections that still wait, and these use what is above
    const tcp::endpoint endpoint(asio::ip::make_address(options.host), options.port);
    tcp::acceptor acceptor(io, endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(accept_queue);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](const beast::error_code&, int) { io.stop(); });
    listening(acceptor.local_endpoint().port());
    asio::co_spawn(io, accept_all(std::move(acceptor), shared), asio::detached);
    io.run();
    pool.join();
}

}  // namespace nearside::farapi
