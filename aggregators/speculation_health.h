// Whether it pays to speculate for a view: off for a while when what was launched keeps not being asked for, then tried
// again. Pure; one thread at a time.
#pragma once

#include "core/clock.h"

#include <cstdint>

namespace nearside::aggregators {

class speculation_health {
public:
    bool allows(steady_time now) const noexcept { return now >= off_until_; }

    // What came of a run that speculated: URLs of the recipe that the plan asked for again, and others.
    void ran(std::uint64_t asked_again, std::uint64_t missed, steady_time now) noexcept;

private:
    // A run counts for an eighth less with each that follows: about the last eight matter.
    static constexpr double fades = 7.0 / 8.0;
    // Of so few calls nothing can be said.
    static constexpr double least_calls = 8.0;
    // More of them in vain than this: a view that changes half of its ids at every refresh still gains a round trip.
    static constexpr double most_missed = 2.0 / 3.0;
    static constexpr milliseconds first_pause{30'000};
    static constexpr milliseconds longest_pause{30 * 60'000};

    double asked_again_ = 0;
    double missed_ = 0;
    milliseconds pause_ = first_pause;
    steady_time off_until_ = steady_time::min();
};

}  // namespace nearside::aggregators
