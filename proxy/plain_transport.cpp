#include "proxy/plain_transport.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace nearside::proxy {

namespace {

// The system takes one piece with less ado than several: up to here, copying them together costs less.
constexpr std::size_t small_message = 4096;

// The size of them all; 0 where that is more than `into` has room for.
std::size_t copy_together(std::span<const iovec> parts, std::span<char> into) noexcept {
    std::size_t size = 0;
    for (const iovec& part : parts) {
        if (part.iov_len > into.size() - size) return 0;
        std::memcpy(into.data() + size, part.iov_base, part.iov_len);
        size += part.iov_len;
    }
    return size;
}

}  // namespace

io_outcome plain_transport::read(std::span<char> into) noexcept {
    for (;;) {
        const ssize_t count = ::recv(socket_, into.data(), into.size(), 0);
        if (count > 0) return {io_state::done, static_cast<std::size_t>(count)};
        if (count == 0) return {io_state::ended, 0};
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {io_state::want_read, 0};
        if (errno != EINTR) return {io_state::failed, 0};
    }
}

io_outcome plain_transport::write(std::span<const iovec> parts, bool more) noexcept {
    std::array<char, small_message> together;
    const std::size_t size = copy_together(parts, together);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());  // only read
    message.msg_iovlen = parts.size();
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    for (;;) {
        const ssize_t count =
            size > 0 ? ::send(socket_, together.data(), size, flags) : ::sendmsg(socket_, &message, flags);
        if (count >= 0) return {io_state::done, static_cast<std::size_t>(count)};
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {io_state::want_write, 0};
        if (errno != EINTR) return {io_state::failed, 0};
    }
}

void plain_transport::end() noexcept {
    ::shutdown(socket_, SHUT_WR);
}

}  // namespace nearside::proxy
