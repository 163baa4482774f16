// Waits in a coroutine until a flight lands, without polling: the landing thread posts the wake-up to the waiter's own.
// The wait belongs to its coroutine; it runs on that coroutine's thread, whichever thread the flight lands on.
#pragma once

#include "core/clock.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace nearside::proxy {

// Returns when the flight has landed or `until` has come, whichever is sooner. The caller's executor is one thread's.
template <class Flight>
boost::asio::awaitable<void> wait_for_landing(std::shared_ptr<Flight> of, steady_time until) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto timer = std::make_shared<boost::asio::steady_timer>(executor, until);
    // Posted, so it can't come between the registration here and the wait below.
    const bool flying = of->on_landed([timer, executor] { boost::asio::post(executor, [timer] { timer->cancel(); }); });
    if (!flying) co_return;
    boost::system::error_code woken;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
}

}  // namespace nearside::proxy
