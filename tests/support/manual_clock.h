// A clock that stands still until a test moves it. The test owns it; one thread.
#pragma once

#include "core/clock.h"

namespace nearside::testing {

class manual_clock final : public clock {
public:
    wall_time wall_now() const override { return wall_; }
    steady_time steady_now() const override { return steady_; }

    template <class Rep, class Period>
    void advance(std::chrono::duration<Rep, Period> by) {
        wall_ += std::chrono::duration_cast<wall_time::duration>(by);
        steady_ += std::chrono::duration_cast<steady_time::duration>(by);
    }

private:
    wall_time wall_ = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::hours(3);
    steady_time steady_ = steady_time(std::chrono::hours(1));
};

}  // namespace nearside::testing
