// One client connection: its socket, its transport, its place among the connections of its thread, and waiting with
// deadlines. A deadline costs one store; the set's tick looks whether it has passed.
// Owned by the coroutine that serves the connection; one thread. At most one waits to read and one to write.
#pragma once

#include "proxy/connection_limit.h"
#include "proxy/gather.h"
#include "proxy/transport.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace nearside::proxy {

class connection_set;

// Counts the ticks of a connection_set.
using tick_count = std::uint64_t;

// A file descriptor of its own.
class unique_socket {
public:
    explicit unique_socket(int socket) noexcept : socket_(socket) {}
    unique_socket(unique_socket&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
    unique_socket& operator=(unique_socket&&) = delete;
    ~unique_socket() { close(); }

    int get() const noexcept { return socket_; }
    bool open() const noexcept { return socket_ >= 0; }
    void close() noexcept;

private:
    int socket_;
};

// What a session does as soon as its idle connection has bytes, without waking its coroutine.
class idle_session {
public:
    // True when it is idle again; false wakes the coroutine.
    virtual bool serve_without_waiting() noexcept = 0;

protected:
    ~idle_session() = default;
};

// Is told that the client may have left.
class departure_watcher {
public:
    // After client_stream::ended() or lost() has become true; more than once.
    virtual void on_departure() noexcept = 0;

protected:
    ~departure_watcher() = default;
};

class client_stream {
public:
    // Takes over a connected, non-blocking socket and its place among the connections of the process. Throws when
    // memory or system resources are out.
    client_stream(std::shared_ptr<connection_set> set, unique_socket socket, std::string peer_address,
                  connection_limit::place place);
    ~client_stream();
    client_stream(const client_stream&) = delete;
    client_stream& operator=(const client_stream&) = delete;

    connection_set& set() noexcept { return *set_; }
    const std::string& peer_address() const noexcept { return peer_address_; }
    bool secure() const noexcept { return io_->secure(); }
    std::string_view protocol() const noexcept { return io_->protocol(); }

    // --- without waiting

    io_state handshake() noexcept { return open() ? io_->handshake().is : io_state::failed; }
    io_outcome read(std::span<char> into) noexcept;
    // False when a read can only say want_read.
    bool may_read() const noexcept { return readable_ || io_->holds_input(); }
    // Writes what the socket takes now, up to one turn: done when all is written, want_* when not.
    io_state push(gather& out) noexcept;
    // push() comes soon: asks for the memory that it takes.
    void fetch_ahead() const noexcept {
        __builtin_prefetch(&socket_);
        __builtin_prefetch(&turn_over_);
    }
    // How many more bytes push() writes at once, about: what the system still takes.
    std::size_t room() const noexcept;
    // Tells the client that no more comes.
    void end() noexcept {
        if (open()) io_->end();
    }
    // Nothing works afterwards. `reset`: the client is told that what it got is not complete (RST).
    void close(bool reset) noexcept;
    bool open() const noexcept { return socket_.open(); }

    // The client has ended its sending side; bytes from before may still be unread. Known without reading.
    bool ended() const noexcept { return ended_; }
    // Nothing can be read or written any more: reset, or closed from here.
    bool lost() const noexcept { return lost_ || !open(); }
    // Null: nobody.
    void watch_departure(departure_watcher* who) noexcept { departure_ = who; }

    // --- waiting

    // After want_read or want_write: until that may have changed, a deadline has passed, or somebody interrupts. Ask
    // expired() and open(), and try again. A deadline once passed stays passed until it is set anew.
    boost::asio::awaitable<void> wait_to_read(io_state what = io_state::want_read);
    boost::asio::awaitable<void> wait_to_write(io_state what = io_state::want_write);
    // As wait_to_read(), but bytes go to `session` first. Ends early when the server drains.
    boost::asio::awaitable<void> wait_idle(idle_session& session);
    // Ends a wait_to_read().
    void interrupt_read() noexcept { wake(reader_); }
    // Writes all; false when the client is gone or took nothing for `ticks`.
    boost::asio::awaitable<bool> push_all(gather out, tick_count ticks);
    // Lets the other connections of this thread go first.
    boost::asio::awaitable<void> yield();
    // What one connection may move before that: a client that is as fast as its server would never wait.
    static constexpr std::size_t turn_bytes = std::size_t{1024} * 1024;

    void read_within(tick_count ticks) noexcept;
    void write_within(tick_count ticks) noexcept;
    void read_without_deadline() noexcept { read_deadline_ = never; }
    bool read_expired() const noexcept { return read_expired_; }

private:
    // Called by the set.
    friend class connection_set;
    void on_events(std::uint32_t events) noexcept;
    void check_deadlines(tick_count now) noexcept;
    void on_drain() noexcept;

    // Someone waits while the timer does, which never runs out.
    boost::asio::awaitable<void> wait(boost::asio::steady_timer& timer);
    static void wake(boost::asio::steady_timer& timer) noexcept;

    static constexpr tick_count never = ~tick_count{0};

    connection_limit::place place_;  // given back after the socket is closed
    std::shared_ptr<connection_set> set_;
    std::size_t index_ = 0;  // in the set
    unique_socket socket_;
    std::unique_ptr<transport> io_;
    std::string peer_address_;
    // Bytes or an end may be there: the system tells only once, so it is remembered until a read finds nothing.
    bool readable_ = true;
    bool turn_over_ = false;  // the last push() stopped for that reason alone
    bool ended_ = false;      // no further edge will come for what is read from here on
    bool lost_ = false;
    bool read_waits_for_write_ = false;
    bool write_waits_for_read_ = false;
    idle_session* idle_ = nullptr;
    departure_watcher* departure_ = nullptr;
    boost::asio::steady_timer reader_;
    boost::asio::steady_timer writer_;
    tick_count read_deadline_ = never;
    tick_count write_deadline_ = never;
    bool read_expired_ = false;
    bool write_expired_ = false;
    boost::system::error_code ignored_;
};

}  // namespace nearside::proxy
