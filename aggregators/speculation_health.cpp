#include "aggregators/speculation_health.h"

#include <algorithm>

namespace nearside::aggregators {

void speculation_health::ran(std::uint64_t hits, std::uint64_t waste, steady_time now) noexcept {
    hits_ = hits_ * fades + static_cast<double>(hits);
    waste_ = waste_ * fades + static_cast<double>(waste);
    const double calls = hits_ + waste_;
    if (calls < least_calls) return;
    if (waste_ <= most_waste * calls) {
        pause_ = first_pause;
        return;
    }
    off_until_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    // The next try is judged by itself.
    hits_ = waste_ = 0;
}

}  // namespace nearside::aggregators
