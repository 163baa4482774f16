#include "proxy/shared_steps.h"

#include "proxy/step_call.h"

#include <utility>

namespace nearside::proxy {

shared_steps::shared_steps(shared_steps_environment environment) : environment_(std::move(environment)) {}

shared_steps::~shared_steps() = default;

void shared_steps::add(const step_flights::flight* of, std::shared_ptr<step_call> call) {
    const std::lock_guard lock(mutex_);
    calls_.insert_or_assign(of, std::move(call));
}

void shared_steps::remove(const step_flights::flight* of) {
    std::shared_ptr<step_call> gone;  // freed outside the lock
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(of);
    if (found == calls_.end()) return;
    gone = std::move(found->second);
    calls_.erase(found);
}

std::shared_ptr<step_call> shared_steps::call_of(const step_flights::flight* of) const {
    const std::lock_guard lock(mutex_);
    const auto found = calls_.find(of);
    return found == calls_.end() ? nullptr : found->second;
}

}  // namespace nearside::proxy
