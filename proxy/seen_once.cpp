#include "proxy/seen_once.h"

namespace nearside::proxy {

bool seen_once::is_first(const std::string& name, milliseconds remembered, steady_time now) {
    const std::lock_guard lock(mutex_);
    const auto forget_first = [this] {
        names_.erase(order_.front().name);
        order_.pop_front();
    };
    while (!order_.empty() && order_.front().until <= now)
        forget_first();
    if (names_.contains(name)) return false;
    if (order_.size() >= most_) forget_first();
    names_.insert(name);
    order_.push_back({name, now + remembered});
    return true;
}

}  // namespace nearside::proxy
