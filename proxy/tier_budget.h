// How long a request may wait for the second tier, in all: for its look-ups and its lease, and for those of its steps.
// Waits that overlap count once.
// Shared by a request and what runs for it. Any thread.
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace nearside::proxy {

class tier_budget {
public:
    explicit tier_budget(milliseconds all) noexcept : left_(all) {}

    // A wait begins, to be ended or forgiven. Until when it may last; not later than `now`: it may not.
    steady_time begin(steady_time now) {
        const std::lock_guard lock(mutex_);
        if (waiting_++ == 0) since_ = now;
        return since_ + left_;
    }
    void end(steady_time now) {
        const std::lock_guard lock(mutex_);
        if (--waiting_ == 0) left_ -= now - since_;
    }
    // It was for something else that the time went by.
    void forgive() {
        const std::lock_guard lock(mutex_);
        --waiting_;
    }

private:
    std::mutex mutex_;
    steady_time::duration left_;
    steady_time since_{};
    std::uint32_t waiting_ = 0;
};
using tier_budget_ptr = std::shared_ptr<tier_budget>;

// One wait of a budget.
class tier_wait {
public:
    tier_wait(tier_budget_ptr of, const clock& time)
        : of_(std::move(of)), time_(time), began_(time.steady_now()), until_(of_->begin(began_)) {}
    ~tier_wait() {
        if (of_) of_->end(time_.steady_now());
    }
    tier_wait(const tier_wait&) = delete;
    tier_wait& operator=(const tier_wait&) = delete;

    bool may_begin() const noexcept { return until_ > began_; }
    steady_time until() const noexcept { return until_; }
    // Rounded up; only where it may begin.
    milliseconds patience() const noexcept { return std::chrono::ceil<milliseconds>(until_ - began_); }
    void forgive() { std::exchange(of_, nullptr)->forgive(); }

private:
    tier_budget_ptr of_;
    const clock& time_;
    const steady_time began_;
    const steady_time until_;
};

}  // namespace nearside::proxy
