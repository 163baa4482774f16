// Time as an argument: decisions take `now`, drivers ask a clock. Wall time for anything told to others
// (Age, Date, birth of an entry); steady time for timeouts and durations.
// A clock outlives everything that holds a reference to it; any thread may ask.
#pragma once

#include <chrono>

namespace nearside {

using milliseconds = std::chrono::milliseconds;
using wall_time = std::chrono::sys_time<std::chrono::microseconds>;
using steady_time = std::chrono::steady_clock::time_point;

class clock {
public:
    virtual ~clock() = default;
    virtual wall_time wall_now() const = 0;
    virtual steady_time steady_now() const = 0;
};

class system_clock final : public clock {
public:
    wall_time wall_now() const override {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
    steady_time steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace nearside
