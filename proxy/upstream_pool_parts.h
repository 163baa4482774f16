// What the parts of upstream_pool share: upstream_pool.cpp lends connections, upstream_pool_upkeep.cpp opens and closes
// them. Internal to these two; any thread, as each says.
#pragma once

#include "proxy/upstream_pool.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace nearside::proxy {

inline steady_time expiry(const upstream_connection& connection) {
    return connection.idle_since + connection.keep_alive;
}

// A call in the queue. The timer is touched on its executor only, everything else with the pool's mutex held.
class upstream_pool::waiter final : public interruptible {
public:
    waiter(std::shared_ptr<call_guard> of_call, connection_wish call_wish)
        : call(std::move(of_call)), home(call->home()), timer(home, steady_time::max()), wish(call_wish) {}
    void interrupt() noexcept override { timer.cancel(); }

    const std::shared_ptr<call_guard> call;
    const boost::asio::any_io_executor home;
    boost::asio::steady_timer timer;
    connection_wish wish;
    bool queued = false;
    bool dialing = false;  // a connection is being opened because of it
    connection_ptr granted;
    std::optional<error> refused;
};

struct upstream_pool::actions {
    std::vector<connection_ptr> close;
    std::vector<std::shared_ptr<waiter>> wake;
    std::vector<std::pair<boost::asio::any_io_executor, std::shared_ptr<waiter>>> dial;
};

}  // namespace nearside::proxy
