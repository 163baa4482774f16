// One client connection: its socket, its transport, its place among the connections of its thread, and waiting with
// deadlines. A deadline costs one store; the set's tick looks whether it has passed.
// Owned by the coroutine that serves the connection; one thread. At most one waits to read and one to write.
#pragma once

#include "proxy/connection_limit.h"
#include "proxy/gather.h"
#include "proxy/transport.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace nearside::proxy {

class connection_set;

// Counts the ticks of a connection_set.
using tick_count = std::uint64_t;

class client_stream {
public:
    using socket_type = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    // Takes over a connected, non-blocking socket and its place among the connections of the process.
    client_stream(std::shared_ptr<connection_set> set, socket_type socket, std::string peer_address,
                  connection_limit::place place);
    ~client_stream();
    client_stream(const client_stream&) = delete;
    client_stream& operator=(const client_stream&) = delete;

    connection_set& set() noexcept { return *set_; }
    transport& io() noexcept { return *io_; }
    const std::string& peer_address() const noexcept { return peer_address_; }

    // Until the socket is readable, or writable (as `what` wants), or somebody interrupts. Afterwards ask expired() and
    // try again. A deadline once passed stays passed until it is set anew.
    boost::asio::awaitable<void> wait_to_read(io_state what = io_state::want_read);
    boost::asio::awaitable<void> wait_to_write(io_state what = io_state::want_write);
    void read_within(tick_count ticks) noexcept;
    void write_within(tick_count ticks) noexcept;
    void read_without_deadline() noexcept { read_deadline_ = never; }
    bool read_expired() const noexcept { return read_expired_; }
    bool write_expired() const noexcept { return write_expired_; }

    // Writes what the socket takes now: done when all is written, want_* when not.
    io_state push(gather& out) noexcept;
    // Writes all; false when the client is gone or took nothing for `ticks`.
    boost::asio::awaitable<bool> push_all(gather out, tick_count ticks);

    // An idle connection is interrupted when its server drains.
    void set_idle(bool idle) noexcept { idle_ = idle; }
    // Nothing works afterwards. `reset`: the client is told that what it got is not complete (RST).
    void close(bool reset) noexcept;
    bool open() const noexcept { return socket_.is_open(); }

private:
    friend class connection_set;
    void check_deadlines(tick_count now) noexcept;
    void interrupt() noexcept;

    boost::asio::awaitable<void> wait(socket_type::wait_type what);

    static constexpr tick_count never = ~tick_count{0};

    connection_limit::place place_;  // given back after the socket is closed
    std::shared_ptr<connection_set> set_;
    std::size_t index_ = 0;  // in the set
    socket_type socket_;
    std::unique_ptr<transport> io_;
    std::string peer_address_;
    tick_count read_deadline_ = never;
    tick_count write_deadline_ = never;
    bool read_expired_ = false;
    bool write_expired_ = false;
    bool idle_ = false;
    boost::system::error_code ignored_;
};

}  // namespace nearside::proxy
