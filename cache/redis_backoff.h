// How long to wait before Redis is dialled again: not at all after a connection that had lasted, ever longer after
// those that didn't, and never all nodes at once. Pure: time and randomness are arguments. Owned by one link; one
// thread.
#pragma once

#include "core/clock.h"

#include <algorithm>
#include <optional>

namespace nearside::cache {

class redis_backoff {
public:
    static constexpr milliseconds first{20};
    static constexpr milliseconds longest{1'000};
    // A connection that ended sooner counts as one that was never made: Redis that resets each of them is let alone.
    static constexpr milliseconds lasting{1'000};

    void connected(steady_time now) noexcept { since_ = now; }
    // A try failed, or the connection ended. `random` in [0, 1): the share of the wait that is left to chance.
    milliseconds failed(steady_time now, double random) noexcept {
        if (since_ && now - *since_ >= lasting) failures_ = 0;
        since_.reset();
        const milliseconds whole = std::min(longest, first * (1 << failures_));
        failures_ = std::min(failures_ + 1, most_doublings);
        const auto half = static_cast<double>(whole.count()) / 2;
        return milliseconds(static_cast<milliseconds::rep>(half + half * random));
    }
    // The last failure followed on another, so the next try may well fail too.
    bool failing() const noexcept { return failures_ > 1; }

private:
    static constexpr int most_doublings = 6;
    int failures_ = 0;  // in a row
    std::optional<steady_time> since_;
};

}  // namespace nearside::cache
