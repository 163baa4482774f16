#include "proxy/client_stream.h"

#include "proxy/connection_set.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

client_stream::client_stream(std::shared_ptr<connection_set> set, socket_type socket, std::string peer_address,
                             connection_limit::place place)
    : place_(std::move(place)),
      set_(std::move(set)),
      socket_(std::move(socket)),
      io_(make_transport(socket_.native_handle(), set_->tls())),
      peer_address_(std::move(peer_address)) {
    if (io_ == nullptr) throw std::bad_alloc();
    set_->add(*this);
}

client_stream::~client_stream() {
    io_.reset();
    close(false);
    set_->remove(*this);
}

asio::awaitable<void> client_stream::wait(socket_type::wait_type what) {
    // What came of it shows when the operation is tried again.
    return socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ignored_));
}

asio::awaitable<void> client_stream::wait_to_read(io_state what) {
    return wait(what == io_state::want_write ? socket_type::wait_write : socket_type::wait_read);
}

asio::awaitable<void> client_stream::wait_to_write(io_state what) {
    return wait(what == io_state::want_read ? socket_type::wait_read : socket_type::wait_write);
}

void client_stream::read_within(tick_count ticks) noexcept {
    read_deadline_ = set_->now() + ticks;
    read_expired_ = false;
}

void client_stream::write_within(tick_count ticks) noexcept {
    write_deadline_ = set_->now() + ticks;
    write_expired_ = false;
}

io_state client_stream::push(gather& out) noexcept {
    static constexpr std::size_t batch = 64;
    std::array<iovec, batch> vectors;
    while (!out.empty()) {
        const std::size_t used = out.fill(vectors);
        std::uint64_t held = 0;
        for (std::size_t index = 0; index < used; ++index)
            held += vectors[index].iov_len;
        const io_outcome outcome = io_->write({vectors.data(), used}, held < out.left());
        if (outcome.is != io_state::done) return outcome.is;
        out.advance(outcome.bytes);
    }
    return io_state::done;
}

asio::awaitable<bool> client_stream::push_all(gather out, tick_count ticks) {
    std::uint64_t left = out.left() + 1;
    for (;;) {
        const io_state state = push(out);
        if (state != io_state::want_write && state != io_state::want_read) {
            write_deadline_ = never;
            co_return state == io_state::done;
        }
        if (out.left() < left) write_within(ticks);
        left = out.left();
        co_await wait_to_write(state);
        if (write_expired_ || !socket_.is_open()) co_return false;
    }
}

void client_stream::check_deadlines(tick_count now) noexcept {
    const bool late_read = read_deadline_ <= now;
    const bool late_write = write_deadline_ <= now;
    if (!late_read && !late_write) return;
    if (late_read) {
        read_deadline_ = never;
        read_expired_ = true;
    }
    if (late_write) {
        write_deadline_ = never;
        write_expired_ = true;
    }
    interrupt();
}

void client_stream::interrupt() noexcept {
    boost::system::error_code failed;
    socket_.cancel(failed);
}

void client_stream::close(bool reset) noexcept {
    if (!socket_.is_open()) return;
    if (reset) {
        const linger at_once{1, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    boost::system::error_code failed;
    socket_.close(failed);
}

}  // namespace nearside::proxy
