#include "proxy/call_guard.h"

#include <algorithm>
#include <utility>

namespace nearside::proxy {

std::shared_ptr<call_guard> call_guard::create(boost::asio::any_io_executor home, steady_time total_due) {
    std::shared_ptr<call_guard> guard(new call_guard(std::move(home), total_due));
    guard->arm();
    return guard;
}

call_guard::call_guard(boost::asio::any_io_executor home, steady_time total_due)
    : home_(std::move(home)), timer_(home_), total_due_(total_due), phase_due_(total_due) {}

void call_guard::enter_phase(steady_time due, errc reason) {
    const bool sooner = due < total_due_;
    phase_due_ = sooner ? due : total_due_;
    phase_reason_ = sooner ? reason : errc::total_timeout;
    arm();
}

void call_guard::enter_last_phase() {
    phase_due_ = total_due_;
    phase_reason_ = errc::total_timeout;
}

void call_guard::move_total(steady_time due) {
    total_due_ = due;
    if (phase_reason_ == errc::total_timeout) phase_due_ = due;
    arm();
}

void call_guard::pause() {
    if (left_ || total_due_ == steady_time::max()) return;
    left_ = total_due_ - steady_now();
    total_due_ = steady_time::max();
    enter_last_phase();
}

void call_guard::resume() {
    if (!left_) return;
    total_due_ = steady_now() + *std::exchange(left_, std::nullopt);
    enter_phase(total_due_, errc::total_timeout);
}

void call_guard::stop(errc reason) {
    if (stopped_) return;
    stopped_ = reason;
    timer_.cancel();
    // interrupt() may end a wait, never a watch: coroutines resume later, through their executor.
    for (interruptible* each : watched_)
        each->interrupt();
}

void call_guard::arm() {
    if (stopped_ || phase_due_ == steady_time::max()) return;
    if (armed_for_ && *armed_for_ <= phase_due_) return;
    armed_for_ = phase_due_;
    timer_.expires_at(phase_due_);
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& failure) {
        if (failure) return;
        if (const auto guard = self.lock()) guard->on_timer();
    });
}

void call_guard::on_timer() {
    armed_for_.reset();
    if (stopped_) return;
    if (std::chrono::steady_clock::now() >= phase_due_) {
        stop(phase_reason_);
    } else {
        arm();
    }
}

call_guard::watch::watch(call_guard& guard, interruptible& what) : guard_(guard), what_(what) {
    guard_.watched_.push_back(&what_);
    if (guard_.stopped_) what_.interrupt();
}

call_guard::watch::~watch() {
    std::erase(guard_.watched_, &what_);
}

}  // namespace nearside::proxy
