// A request that waits for a view to change (Prefer: wait). Its coroutine's, on its thread.
#pragma once

#include "core/clock.h"
#include "proxy/stream_readers.h"
#include "proxy/wakeup.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

namespace nearside::proxy {

class change_waiter final : public stream_reader {
public:
    explicit change_waiter(boost::asio::any_io_executor home) : woken_(std::make_shared<wakeup>(std::move(home))) {}

    void on_change() noexcept override { woken_->signal_here(); }
    void leave() noexcept {
        left_ = true;
        woken_->signal_here();
    }
    bool left() const noexcept { return left_; }
    // False: the time came first.
    boost::asio::awaitable<bool> wait(steady_time until) { return woken_->wait(until); }

private:
    const std::shared_ptr<wakeup> woken_;
    bool left_ = false;
};

}  // namespace nearside::proxy
