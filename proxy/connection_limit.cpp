#include "proxy/connection_limit.h"

#include <utility>

namespace nearside::proxy {

connection_limit::place connection_limit::try_acquire() {
    std::uint32_t open = open_.load(std::memory_order_relaxed);
    while (open < most_) {
        if (open_.compare_exchange_weak(open, open + 1)) return place(shared_from_this());
    }
    return place();
}

// The order of the two steps here and in when_free() is what loses no wake-up: one gives the place back before it looks
// for waiters, the other enters itself before it looks for a place.
void connection_limit::release() {
    open_.fetch_sub(1);
    if (!someone_waits_.load()) return;
    std::vector<std::function<void()>> woken;
    {
        const std::lock_guard lock(mutex_);
        woken.swap(waiting_);
        someone_waits_.store(false);
    }
    for (const std::function<void()>& wake : woken)
        wake();
}

void connection_limit::when_free(std::function<void()> wake) {
    std::vector<std::function<void()>> woken;
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(wake));
        someone_waits_.store(true);
        if (open_.load() >= most_) return;
        woken.swap(waiting_);
        someone_waits_.store(false);
    }
    for (const std::function<void()>& each : woken)
        each();
}

}  // namespace nearside::proxy
