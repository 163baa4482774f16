#include "proxy/stream_wait.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cassert>
#include <optional>
#include <utility>

namespace nearside::proxy {

namespace {

using waiting_stream = boost::asio::async_result<boost::asio::use_awaitable_t<>, void(bool)>::handler_type;

}  // namespace

struct stream_wait::seat {
    stream_wait* owner = nullptr;  // null: gone
    std::optional<waiting_stream> who;

    ~seat() {
        if (owner != nullptr) owner->armed_ = nullptr;
    }

    // Nothing of this may be touched afterwards.
    void resume(bool woken) {
        waiting_stream taken = *std::exchange(who, std::nullopt);
        taken(woken);
    }
};

stream_wait::~stream_wait() {
    if (armed_ != nullptr) armed_->owner = nullptr;
}

void stream_wait::wake() noexcept {
    signalled_ = true;
    if (armed_ == nullptr || !armed_->who) return;
    signalled_ = false;
    armed_->resume(true);
}

void stream_wait::wake_soon() noexcept {
    signalled_ = true;
    if (armed_ != nullptr && armed_->who) timer_.cancel();
}

bool stream_wait::waited() const noexcept {
    return armed_ != nullptr && armed_->who;
}

bool stream_wait::take_signal() noexcept {
    return std::exchange(signalled_, false);
}

boost::asio::awaitable<bool> stream_wait::wait(steady_time deadline) {
    deadline_ = deadline;
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(bool)>(
        [this](waiting_stream&& who) {
            assert(!signalled_);
            if (armed_ == nullptr) arm(std::make_shared<seat>());
            armed_->who.emplace(std::move(who));
        },
        boost::asio::use_awaitable);
}

void stream_wait::arm(std::shared_ptr<seat> waiting) {
    waiting->owner = this;
    armed_ = waiting.get();
    timer_.expires_at(deadline_);
    timer_.async_wait([of = std::move(waiting)](boost::system::error_code) mutable {
        if (stream_wait* const owner = of->owner) owner->run_out(std::move(of));
    });
}

// Also after wake_soon(), and early where the deadline was put off since the timer was set.
void stream_wait::run_out(std::shared_ptr<seat> of) noexcept {
    armed_ = nullptr;
    of->owner = nullptr;
    if (!of->who) return;
    if (!signalled_ && timer_.expiry() < deadline_) return arm(std::move(of));
    const bool woken = take_signal();
    of->resume(woken);
}

}  // namespace nearside::proxy
