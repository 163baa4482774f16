// Opens connections to one upstream: look up, connect to its addresses in turn, shake hands.
// Shared by the dials of one pool; any thread.
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "proxy/call_guard.h"
#include "proxy/tls_client.h"
#include "proxy/upstream_connection.h"
#include "proxy/upstream_resolver.h"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace nearside::proxy {

class upstream_dialer {
public:
    // Fails with tls_failed where TLS cannot be set up.
    static result<std::shared_ptr<upstream_dialer>> create(const config::upstream_settings& upstream);

    // Within `timeout.connect`. The guard may end it sooner.
    boost::asio::awaitable<result<std::unique_ptr<upstream_connection>>> connect(
        std::shared_ptr<call_guard> guard) const;

    const tls_client* tls() const noexcept { return tls_.get(); }

private:
    upstream_dialer() = default;

    milliseconds keep_alive_{0};
    milliseconds timeout_{0};
    std::shared_ptr<upstream_resolver> resolver_;
    std::shared_ptr<tls_client> tls_;  // null: plain
};

}  // namespace nearside::proxy
