// How one upstream is spoken to over TLS: what is trusted, which name must be proven, and the sessions that later
// connections resume (RFC 8446 2.2), which saves the certificates' bytes on each of them.
// Shared by the connections of one pool; any thread.
#pragma once

#include "config/settings.h"
#include "core/error.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream_base.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace nearside::proxy {

class tls_client : public std::enable_shared_from_this<tls_client> {
public:
    // Fails with tls_failed where the CA file cannot be read.
    static result<std::shared_ptr<tls_client>> create(const config::upstream_settings& upstream);
    ~tls_client();

    boost::asio::ssl::context& context() noexcept { return context_; }
    // Before the handshake: SNI, the name to verify, ALPN, a session to resume where one is kept.
    result<void> prepare(SSL* connection);

private:
    tls_client();
    static int on_new_session(SSL* connection, SSL_SESSION* session);
    SSL_SESSION* take_session();

    boost::asio::ssl::context context_;
    std::string name_;
    bool verify_ = true;
    mutable std::mutex mutex_;
    // Newest last. A TLS 1.3 ticket is used once (RFC 8446 C.4), so several are kept.
    std::deque<SSL_SESSION*> sessions_;
};

}  // namespace nearside::proxy
