// One listening socket on one io thread: accepts while the process has places for connections, and hands the sockets to
// its thread's connection_set.
// Held by its server and by its own coroutine; everything on its thread, but open().
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "proxy/connection_limit.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>

namespace nearside::proxy {

class connection_set;

class listener : public std::enable_shared_from_this<listener> {
public:
    // A socket that listens already. With `shared_port`, others of this process may listen on the same port; without,
    // it fails where anybody does.
    static result<int> open(const config::address& where, bool shared_port);
    static std::uint16_t port_of(int socket) noexcept;

    // Takes over the socket.
    listener(int socket, std::shared_ptr<connection_set> set, std::shared_ptr<connection_limit> limit);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    void start();
    // Takes what the system has accepted already, then closes.
    void stop();

private:
    enum class accepted { all, limit_reached, no_resources };
    accepted accept_waiting();
    boost::asio::awaitable<void> pause_until_free();
    static boost::asio::awaitable<void> run(std::shared_ptr<listener> self);

    using protocol = boost::asio::ip::tcp;
    std::shared_ptr<connection_set> set_;
    std::shared_ptr<connection_limit> limit_;
    int socket_;
    boost::asio::basic_socket_acceptor<protocol, boost::asio::io_context::executor_type> acceptor_;
    boost::asio::steady_timer pause_;
    bool stopped_ = false;
};

}  // namespace nearside::proxy
