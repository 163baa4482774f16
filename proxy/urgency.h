// Whether somebody waits for what was begun for nobody. Shared by those who may come to wait and the one who can hurry.
// Any thread; the call is made on the thread that causes it, outside the lock.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace nearside::proxy {

class urgency {
public:
    // Calls `hurry` once somebody waits: at once where somebody does.
    void on_raised(std::function<void()> hurry) {
        {
            const std::lock_guard lock(mutex_);
            if (!raised_) {
                hurry_ = std::move(hurry);
                return;
            }
        }
        hurry();
    }

    void raise() {
        std::function<void()> hurry;
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(raised_, true)) return;
            hurry = std::move(hurry_);
        }
        if (hurry) hurry();
    }

private:
    std::mutex mutex_;
    bool raised_ = false;
    std::function<void()> hurry_;
};

}  // namespace nearside::proxy
