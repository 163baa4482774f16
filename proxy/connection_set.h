// The connections of one server on one io thread, and what they share there: the tick that looks at their deadlines,
// read memory, the Date line, counters. Starts a session for each accepted socket.
// Held by its server and by each of its connections. Everything on the set's thread, but for what says otherwise.
#pragma once

#include "config/settings.h"
#include "core/clock.h"
#include "proxy/client_stream.h"
#include "proxy/connection_limit.h"
#include "proxy/input_buffer.h"
#include "proxy/readiness.h"
#include "proxy/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// config::client_limits' timeouts in ticks.
struct tick_limits {
    milliseconds tick{};
    tick_count header = 0, idle = 0, body = 0, write = 0, linger = 0;
};
tick_limits in_ticks(const config::client_limits& limits) noexcept;

class connection_set : public std::enable_shared_from_this<connection_set> {
public:
    // Written by the set's thread, read by any.
    struct counts {
        std::atomic<std::uint64_t> accepted{0}, closed{0}, requests{0}, refused{0}, timeouts{0}, handshakes_failed{0};
    };
    static void count(std::atomic<std::uint64_t>& one) noexcept {
        one.store(one.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    connection_set(boost::asio::io_context& thread, const server_options& options, request_handler& handler,
                   const clock& time, std::uint64_t first_id);
    connection_set(const connection_set&) = delete;
    connection_set& operator=(const connection_set&) = delete;

    void serve(unique_socket socket, std::string peer_address, connection_limit::place place);

    // Every answer from now on is its connection's last.
    void see_off() noexcept { seeing_off_ = true; }
    // For connections that come from now on.
    void use_certificate(std::shared_ptr<const tls_server> tls) noexcept { tls_ = std::move(tls); }

    // Idle connections end now, others after the exchange that they are in.
    void drain();
    // Resets all connections; what waits for when_empty() is called soon, whatever handlers still do.
    void close_all();
    // Once no connection is left; at once when there is none.
    void when_empty(std::function<void()> call);

    void add(client_stream& stream, int socket);
    void remove(client_stream& stream) noexcept;

    boost::asio::io_context& thread() noexcept { return thread_; }
    const config::client_limits& limits() const noexcept { return limits_; }
    const tick_limits& ticks() const noexcept { return ticks_; }
    const std::shared_ptr<const tls_server>& tls() const noexcept { return tls_; }
    request_handler& handler() noexcept { return handler_; }
    block_pool& blocks() noexcept { return blocks_; }
    counts& counters() noexcept { return counters_; }
    bool draining() const noexcept { return draining_; }
    bool seeing_off() const noexcept { return seeing_off_; }
    tick_count now() const noexcept { return now_; }
    wall_time wall_now() const noexcept { return time_.wall_now(); }
    std::uint64_t next_id() noexcept { return next_id_++; }
    // "Date: ...\r\n"; valid until the next call.
    std::string_view date_line(wall_time when);

private:
    void schedule_tick();
    void on_tick();
    void watch();
    void stop_watching() noexcept;
    void on_ready();

    boost::asio::io_context& thread_;
    const config::client_limits limits_;
    const tick_limits ticks_;
    std::shared_ptr<const tls_server> tls_;
    request_handler& handler_;
    const clock& time_;

    std::vector<client_stream*> streams_;
    readiness readiness_;
    bool watching_ = false;
    boost::asio::steady_timer tick_;
    bool ticking_ = false;
    tick_count now_ = 0;
    bool draining_ = false;
    bool seeing_off_ = false;
    std::function<void()> when_empty_;
    std::uint64_t next_id_;
    block_pool blocks_;
    counts counters_;
    std::int64_t date_second_ = -1;
    std::string date_line_;
};

}  // namespace nearside::proxy
