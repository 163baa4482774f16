#include "proxy/plain_transport.h"

#include <cerrno>
#include <sys/socket.h>

namespace nearside::proxy {

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
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());  // only read
    message.msg_iovlen = parts.size();
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    for (;;) {
        const ssize_t count = ::sendmsg(socket_, &message, flags);
        if (count >= 0) return {io_state::done, static_cast<std::size_t>(count)};
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {io_state::want_write, 0};
        if (errno != EINTR) return {io_state::failed, 0};
    }
}

void plain_transport::end() noexcept {
    ::shutdown(socket_, SHUT_WR);
}

}  // namespace nearside::proxy
