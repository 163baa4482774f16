#include "aggregators/speculation_health.h"

#include <algorithm>

namespace nearside::aggregators {

void speculation_health::ran(std::uint64_t asked_again, std::uint64_t missed, steady_time now) noexcept {
    asked_again_ = asked_again_ * fades + static_cast<double>(asked_again);
    missed_ = missed_ * fades + static_cast<double>(missed);
    const double calls = asked_again_ + missed_;
    if (calls < least_calls) return;
    if (missed_ <= most_missed * calls) {
        pause_ = first_pause;
        return;
    }
    off_until_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    // The next try is judged by itself.
    asked_again_ = missed_ = 0;
}

}  // namespace nearside::aggregators
