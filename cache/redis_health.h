// Whether a connection to Redis answers in time. After several timeouts in a row it counts as slow, and is probed by
// PING alone until one is answered within `patience`. Quiet connections are probed too, so that a dead peer is noticed.
// Pure: `now` is an argument. Owned by one link; one thread.
#pragma once

#include "core/clock.h"

#include <algorithm>
#include <optional>

namespace nearside::cache {

class redis_health {
public:
    static constexpr int most_timeouts = 3;  // in a row
    static constexpr milliseconds probe_pause{100};
    static constexpr milliseconds quiet_pause{3'000};

    explicit redis_health(milliseconds patience) noexcept : patience_(patience) {}

    void connected(steady_time now) noexcept {
        timeouts_ = 0;
        probing_ = false;
        next_probe_ = now + quiet_pause;
    }
    // A command that was sent got no answer in time.
    void timed_out(steady_time now) noexcept {
        if (++timeouts_ == most_timeouts) next_probe_ = now;
    }
    void answered(steady_time now) noexcept {
        if (!good()) return;
        timeouts_ = 0;
        next_probe_ = now + quiet_pause;
    }
    bool good() const noexcept { return timeouts_ < most_timeouts; }

    // When a PING is to be sent; nothing while one is under way.
    std::optional<steady_time> next_probe() const noexcept {
        return probing_ ? std::nullopt : std::optional(next_probe_);
    }
    void probe_sent(steady_time now) noexcept {
        probing_ = true;
        probe_sent_ = now;
    }
    // Answered, or its time ran out. A late answer tells no more than a timeout does.
    void probe_done(steady_time now, bool answer) noexcept {
        probing_ = false;
        const bool in_time = answer && now - probe_sent_ <= patience_;
        if (in_time) {
            timeouts_ = 0;
        } else {
            timeouts_ = std::min(timeouts_ + 1, most_timeouts);
        }
        next_probe_ = now + (in_time ? quiet_pause : probe_pause);
    }
    milliseconds patience() const noexcept { return patience_; }

private:
    const milliseconds patience_;
    int timeouts_ = 0;
    bool probing_ = false;
    steady_time probe_sent_{};
    steady_time next_probe_{};
};

}  // namespace nearside::cache
