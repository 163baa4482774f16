#include "proxy/readiness.h"

#include <boost/system/system_error.hpp>

#include <cerrno>

namespace nearside::proxy {

namespace {

int new_epoll() {
    const int made = ::epoll_create1(EPOLL_CLOEXEC);
    if (made < 0) throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
    return made;
}

}  // namespace

readiness::readiness(boost::asio::io_context& thread) : source_(thread, new_epoll()) {}

bool readiness::add(int socket, void* target) noexcept {
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    wanted.data.ptr = target;
    return ::epoll_ctl(source_.native_handle(), EPOLL_CTL_ADD, socket, &wanted) == 0;
}

std::span<const epoll_event> readiness::collect() noexcept {
    const int count = ::epoll_wait(source_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    return {events_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

}  // namespace nearside::proxy
