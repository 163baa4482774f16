#include "proxy/client_stream.h"

#include "proxy/connection_set.h"
#include "proxy/unsent_bytes.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <new>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

void unique_socket::close() noexcept {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

client_stream::client_stream(std::shared_ptr<connection_set> set, unique_socket socket, std::string peer_address,
                             connection_limit::place place)
    : place_(std::move(place)),
      set_(std::move(set)),
      socket_(std::move(socket)),
      io_(make_transport(socket_.get(), set_->tls())),
      peer_address_(std::move(peer_address)),
      reader_(set_->thread(), asio::steady_timer::time_point::max()),
      writer_(set_->thread(), asio::steady_timer::time_point::max()) {
    if (io_ == nullptr) throw std::bad_alloc();
    set_->add(*this, socket_.get());
}

client_stream::~client_stream() {
    socket_.close();
    set_->remove(*this);
}

io_outcome client_stream::read(std::span<char> into) noexcept {
    if (!socket_.open()) return {};
    const io_outcome outcome = io_->read(into);
    const bool emptied = outcome.is == io_state::done && outcome.bytes < into.size() && !io_->secure();
    if (outcome.is == io_state::want_read || (emptied && !ended_)) readable_ = false;
    return outcome;
}

io_state client_stream::push(gather& out) noexcept {
    static constexpr std::size_t batch = 64;
    if (!socket_.open()) return io_state::failed;
    std::array<iovec, batch> vectors;
    turn_over_ = false;
    std::size_t written = 0;
    while (!out.empty()) {
        if (written >= turn_bytes) {
            turn_over_ = true;
            return io_state::want_write;
        }
        const std::size_t used = out.fill(vectors);
        std::uint64_t held = 0;
        for (std::size_t index = 0; index < used; ++index)
            held += vectors[index].iov_len;
        const io_outcome outcome = io_->write({vectors.data(), used}, held < out.left());
        if (outcome.is != io_state::done) return outcome.is;
        out.advance(outcome.bytes);
        written += outcome.bytes;
    }
    return io_state::done;
}

std::size_t client_stream::room() const noexcept {
    int unsent = 0;
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    if (!open() || ::ioctl(socket_.get(), SIOCOUTQNSD, &unsent) != 0 ||
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) {
        return 0;
    }
    // A young connection's buffer is smaller: it grows with what the client has taken.
    const auto bound = static_cast<std::int64_t>(memory[SK_MEMINFO_SNDBUF]);
    const auto queued = static_cast<std::int64_t>(memory[SK_MEMINFO_WMEM_QUEUED]);
    const std::int64_t left = std::min<std::int64_t>(most_unsent_bytes - unsent, bound - queued);
    return static_cast<std::size_t>(std::max<std::int64_t>(0, left));
}

// A closed socket leaves epoll by itself; who waits is woken to see it. Its number may be another's at once, so the
// transport is not asked again.
void client_stream::close(bool reset) noexcept {
    if (!socket_.open()) return;
    if (reset) {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    socket_.close();
    wake(reader_);
    wake(writer_);
    if (departure_ != nullptr) departure_->on_departure();
}

asio::awaitable<void> client_stream::wait(asio::steady_timer& timer) {
    return timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored_));
}

void client_stream::wake(asio::steady_timer& timer) noexcept {
    timer.cancel();
}

asio::awaitable<void> client_stream::wait_to_read(io_state what) {
    read_waits_for_write_ = what == io_state::want_write;
    return wait(reader_);
}

asio::awaitable<void> client_stream::wait_to_write(io_state what) {
    write_waits_for_read_ = what == io_state::want_read;
    return wait(writer_);
}

asio::awaitable<void> client_stream::wait_idle(idle_session& session) {
    idle_ = &session;
    read_waits_for_write_ = false;
    return wait(reader_);
}

void client_stream::on_events(std::uint32_t events) noexcept {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ended_ = true;
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) lost_ = true;
    const bool readable = ended_ || (events & EPOLLIN) != 0;
    const bool writable = ended_ || (events & EPOLLOUT) != 0;
    if (readable) readable_ = true;
    if (idle_ != nullptr) {
        if (!readable || idle_->serve_without_waiting()) return;
        idle_ = nullptr;
        wake(reader_);
        return;
    }
    if (readable || (writable && read_waits_for_write_)) wake(reader_);
    if (writable || (readable && write_waits_for_read_)) wake(writer_);
    if (ended_ && departure_ != nullptr) departure_->on_departure();
}

void client_stream::on_drain() noexcept {
    if (std::exchange(idle_, nullptr) != nullptr) wake(reader_);
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
        if (turn_over_) {
            co_await yield();
        } else {
            co_await wait_to_write(state);
        }
        if (write_expired_) {
            connection_set::count(set_->counters().timeouts);
            co_return false;
        }
    }
}

asio::awaitable<void> client_stream::yield() {
    return asio::post(set_->thread(), asio::use_awaitable);
}

void client_stream::read_within(tick_count ticks) noexcept {
    read_deadline_ = set_->now() + ticks;
    read_expired_ = false;
}

void client_stream::write_within(tick_count ticks) noexcept {
    write_deadline_ = set_->now() + ticks;
    write_expired_ = false;
}

void client_stream::check_deadlines(tick_count now) noexcept {
    if (read_deadline_ <= now) {
        read_deadline_ = never;
        read_expired_ = true;
        idle_ = nullptr;
        wake(reader_);
    }
    if (write_deadline_ <= now) {
        write_deadline_ = never;
        write_expired_ = true;
        wake(writer_);
    }
}

}  // namespace nearside::proxy
