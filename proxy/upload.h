// The request's body of a route on its way from the client to the upstream, beside the response that may already be
// coming back. One piece at a time: the client is read only when the upstream has taken what came before.
// Owned by the call, which joins it before it ends; on the call's executor.
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "proxy/call_guard.h"
#include "proxy/exchange.h"
#include "proxy/upstream_exchange.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace nearside::proxy {

class upload : public std::enable_shared_from_this<upload> {
public:
    explicit upload(const boost::asio::any_io_executor& home) : ended_(home, steady_time::max()) {}

    // Both exchanges outlive it: join() before they go. A client that fails stops the guard with that reason (its body
    // broken, too large, too slow), or with cancelled when it is gone.
    // `seen`: shown each piece, as the client sent it; may be empty.
    void start(exchange& client, upstream_exchange& upstream, std::shared_ptr<call_guard> guard,
               const config::upstream_timeouts& timeout, std::function<void(std::string_view)> seen);
    // Takes no further piece from the client and ends a wait for one. What is being sent to the upstream must have been
    // ended by its transport.
    boost::asio::awaitable<void> join();

    bool running() const noexcept { return running_; }
    bool started() const noexcept { return started_; }
    // The whole body was sent, or there was none.
    bool complete() const noexcept { return complete_ || !started_; }

private:
    static boost::asio::awaitable<void> run(std::shared_ptr<upload> self);
    boost::asio::awaitable<void> pump();

    boost::asio::steady_timer ended_;  // expires never; cancelled at the end
    exchange* client_ = nullptr;
    upstream_exchange* upstream_ = nullptr;
    std::shared_ptr<call_guard> guard_;
    std::function<void(std::string_view)> seen_;
    config::upstream_timeouts timeout_;  // total: of the upstream taking one piece
    bool started_ = false;
    bool running_ = false;
    bool stopping_ = false;
    bool complete_ = false;
};

}  // namespace nearside::proxy
