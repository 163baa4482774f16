// An HTTP server on one address: a listening socket and the connections of it on each io thread, TLS or not.
// Owned by main, one for the public address and one for the admin; outlived by its handler, clock and io_contexts.
// start() before the io_contexts run; the destructor after they have ended; the rest from any thread.
#pragma once

#include "config/settings.h"
#include "core/clock.h"
#include "core/error.h"
#include "proxy/connection_limit.h"
#include "proxy/exchange.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace nearside::proxy {

class tls_server;
class listener;
class connection_set;

struct server_options {
    config::address listen;
    config::client_limits limits;
    std::shared_ptr<const tls_server> tls;          // null: plain HTTP
    std::shared_ptr<connection_limit> connections;  // null: one of its own, `limits.connections`
    std::uint64_t id_seed = 0;                      // random; where request ids start
};

// Since the start; a connection that is counted in none of the ends is open.
struct server_counters {
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_open = 0;
    std::uint64_t requests = 0;           // heads that were understood
    std::uint64_t requests_refused = 0;   // heads that were not: bad, too large, too slow
    std::uint64_t timeouts = 0;           // connections closed because the client was too slow
    std::uint64_t handshakes_failed = 0;  // TLS
};

class server {
public:
    server(server_options options, request_handler& handler, const clock& time);
    // A handler for each thread of start(), in their order; the first is for those beyond the last.
    server(server_options options, std::vector<request_handler*> handlers, const clock& time);
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Listens with one socket a thread (SO_REUSEPORT). Port 0: the first socket's choice, shared by the others.
    result<void> start(const std::vector<boost::asio::io_context*>& threads);
    std::uint16_t port() const noexcept { return port_; }

    // Every answer from now on is its connection's last, and says so; nothing else is closed, and new connections are
    // taken as before.
    void see_off();

    // For the connections that come from now on. Where TLS is on.
    void use_certificate(std::shared_ptr<const tls_server> tls);

    // Takes no new connection, closes idle ones, lets running exchanges finish with `Connection: close`, and closes
    // what is left after `grace`. Then calls `stopped`, once, on one of the threads.
    void stop(milliseconds grace, std::function<void()> stopped);

    server_counters counters() const noexcept;

private:
    struct stopping;

    server_options options_;
    const std::vector<request_handler*> handlers_;
    const clock& time_;
    std::uint16_t port_ = 0;
    std::vector<std::shared_ptr<connection_set>> sets_;
    std::vector<std::shared_ptr<listener>> listeners_;
};

}  // namespace nearside::proxy
