// Wakes a coroutine that waits for something to happen, from any thread and without polling. A signal that comes before
// the wait is not lost.
// Shared by the one who waits, whose executor is one thread's, and those who signal.
#pragma once

#include "core/clock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace nearside::proxy {

class wakeup : public std::enable_shared_from_this<wakeup> {
public:
    explicit wakeup(boost::asio::any_io_executor home) : home_(std::move(home)), timer_(home_) {}

    // Any thread.
    void signal() {
        boost::asio::post(home_, [self = shared_from_this()] {
            self->signalled_ = true;
            self->timer_.cancel();
        });
    }
    // The same on the executor, without a detour.
    void signal_here() noexcept {
        signalled_ = true;
        timer_.cancel();
    }
    // The same as a callback that keeps this alive.
    std::function<void()> signaller() {
        return [self = shared_from_this()] { self->signal(); };
    }

    // On the executor: until a signal that no earlier wait has seen, or `until`. False: the time came first.
    boost::asio::awaitable<bool> wait(steady_time until = steady_time::max()) {
        if (!signalled_) {
            timer_.expires_at(until);
            boost::system::error_code woken;
            co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
        }
        co_return std::exchange(signalled_, false);
    }

private:
    const boost::asio::any_io_executor home_;
    boost::asio::steady_timer timer_;
    bool signalled_ = false;
};

}  // namespace nearside::proxy
