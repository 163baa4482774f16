#include "proxy/listener.h"

#include "proxy/connection_set.h"
#include "proxy/unsent_bytes.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr int backlog = 4096;
// Without file descriptors or memory: how long until the next try.
constexpr milliseconds no_resources_pause{100};

std::string address_text(const sockaddr_storage& peer) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (peer.ss_family == AF_INET) {
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text.data(), text.size());
        return text.data();
    }
    const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size());
    } else {
        inet_ntop(AF_INET6, &address, text.data(), text.size());
    }
    return text.data();
}

// Sockets that a listener accepts inherit its options.
bool set_up(int socket, const addrinfo& where, bool shared_port) noexcept {
    const int yes = 1;
    const int no = 0;
    const auto option = [&](int level, int name, const int& value) {
        return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
    };
    if (!option(SOL_SOCKET, SO_REUSEADDR, yes) || !option(IPPROTO_TCP, TCP_NODELAY, yes) ||
        !option(IPPROTO_TCP, TCP_NOTSENT_LOWAT, most_unsent_bytes)) {
        return false;
    }
    if (shared_port && !option(SOL_SOCKET, SO_REUSEPORT, yes)) return false;
    if (where.ai_family == AF_INET6 && !option(IPPROTO_IPV6, IPV6_V6ONLY, no)) return false;
    return ::bind(socket, where.ai_addr, where.ai_addrlen) == 0 && ::listen(socket, backlog) == 0;
}

error cannot_listen(const config::address& where, const std::string& why) {
    const std::string host = where.host.find(':') == std::string::npos ? where.host : "[" + where.host + "]";
    return {errc::internal, "cannot listen on " + host + ":" + std::to_string(where.port) + ": " + why};
}

}  // namespace

result<int> listener::open(const config::address& where, bool shared_port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(where.host.empty() ? nullptr : where.host.c_str(),
                                     std::to_string(where.port).c_str(), &hints, &found);
    if (failed != 0) return cannot_listen(where, ::gai_strerror(failed));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);

    const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket >= 0 && set_up(socket, *found, shared_port)) return socket;
    const std::string why = std::strerror(errno);
    if (socket >= 0) ::close(socket);
    return cannot_listen(where, why);
}

std::uint16_t listener::port_of(int socket) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    // The port stands at the same place for both families.
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

listener::listener(int socket, std::shared_ptr<connection_set> set, std::shared_ptr<connection_limit> limit)
    : set_(std::move(set)),
      limit_(std::move(limit)),
      socket_(socket),
      acceptor_(set_->thread(), protocol::v4(), socket),
      pause_(set_->thread()) {}

listener::~listener() = default;

void listener::start() {
    asio::co_spawn(set_->thread(), run(shared_from_this()), asio::detached);
}

void listener::stop() {
    if (std::exchange(stopped_, true)) return;
    accept_waiting();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

asio::awaitable<void> listener::run(std::shared_ptr<listener> self) {
    while (!self->stopped_) {
        boost::system::error_code ignored;
        co_await self->acceptor_.async_wait(asio::socket_base::wait_read,
                                            asio::redirect_error(asio::use_awaitable, ignored));
        if (self->stopped_) break;
        const accepted outcome = self->accept_waiting();
        if (outcome == accepted::limit_reached) co_await self->pause_until_free();
        if (outcome == accepted::no_resources) {
            self->pause_.expires_after(no_resources_pause);
            co_await self->pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
    }
}

listener::accepted listener::accept_waiting() {
    for (;;) {
        connection_limit::place place = limit_->try_acquire();
        if (!place) return accepted::limit_reached;
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        const int client = ::accept4(socket_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) return accepted::all;
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                return accepted::no_resources;
            if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) return accepted::no_resources;
            // The others belong to a connection that ended while it waited (accept(2)).
            continue;
        }
        set_->serve(unique_socket(client), address_text(peer), std::move(place));
    }
}

asio::awaitable<void> listener::pause_until_free() {
    pause_.expires_at(asio::steady_timer::time_point::max());
    limit_->when_free([weak = weak_from_this()] {
        const std::shared_ptr<listener> self = weak.lock();
        if (self == nullptr) return;
        asio::post(self->set_->thread(), [self] { self->pause_.cancel(); });
    });
    boost::system::error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace nearside::proxy
