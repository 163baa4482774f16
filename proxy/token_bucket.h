// So many calls a second, and as many at once after a quiet second. A value that its owner guards; `now` never goes
// back.
#pragma once

#include "core/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace nearside::proxy {

class token_bucket {
public:
    token_bucket(std::uint32_t a_second, steady_time now) noexcept
        : a_second_(a_second), left_(a_second), filled_at_(now) {}

    bool take(steady_time now) noexcept {
        const std::chrono::duration<double> since = now - filled_at_;
        filled_at_ = std::max(filled_at_, now);
        left_ = std::min(a_second_, left_ + std::max(0.0, since.count()) * a_second_);
        if (left_ < 1) return false;
        left_ -= 1;
        return true;
    }

private:
    double a_second_;
    double left_;
    steady_time filled_at_;
};

}  // namespace nearside::proxy
