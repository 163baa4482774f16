// What a run has come to so far, for those who read the view while it is made: one run tells, any number read, each at
// its own pace. The lines share the bytes that the view is made of.
// Shared by a flight, its run and its readers. Any thread; callbacks run on the thread that causes them, outside the
// lock.
#pragma once

#include "core/body.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace nearside::aggregators {

class view_progress {
public:
    struct part {
        std::uint32_t number = 0;  // in view_parts::names
        body line;
        bool shareable = true;  // not only for the one who caused the run, as far as can be told now
    };

    // --- the run

    // Calls `call` once when somebody reads along: at once where somebody does.
    void on_wanted(std::function<void()> call) {
        {
            const std::lock_guard lock(mutex_);
            if (!wanted_) {
                for_want_ = std::move(call);
                return;
            }
        }
        call();
    }

    void tell(std::vector<part> parts) {
        wakes woken;
        {
            const std::lock_guard lock(mutex_);
            told_.insert(told_.end(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
            woken.swap(for_more_);
        }
        for (const std::function<void()>& wake : woken)
            wake();
    }

    // The view is not made of what was told; some of it may be different.
    void revise() {
        const std::lock_guard lock(mutex_);
        revised_ = !told_.empty();
    }

    // --- readers

    void want() {
        std::function<void()> call;
        {
            const std::lock_guard lock(mutex_);
            if (std::exchange(wanted_, true)) return;
            call = std::move(for_want_);
        }
        if (call) call();
    }

    // All that was told behind the first `heard`.
    std::vector<part> behind(std::size_t heard) const {
        const std::lock_guard lock(mutex_);
        if (heard >= told_.size()) return {};
        return {told_.begin() + static_cast<std::ptrdiff_t>(heard), told_.end()};
    }

    // Calls `wake` once when more is told. False, and `wake` is never called, where that is so already.
    bool on_more(std::size_t heard, std::function<void()> wake) {
        const std::lock_guard lock(mutex_);
        if (heard < told_.size()) return false;
        for_more_.push_back(std::move(wake));
        return true;
    }

    // Meaningful once the run has landed.
    bool revised() const {
        const std::lock_guard lock(mutex_);
        return revised_;
    }

private:
    using wakes = std::vector<std::function<void()>>;

    mutable std::mutex mutex_;
    std::vector<part> told_;
    wakes for_more_;
    std::function<void()> for_want_;
    bool wanted_ = false;
    bool revised_ = false;
};

}  // namespace nearside::aggregators
