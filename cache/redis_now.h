// The time as connections to Redis have it: by the real clock, as their timers. Any thread.
#pragma once

#include "core/clock.h"

#include <chrono>

namespace nearside::cache {

inline steady_time redis_now() noexcept {
    return std::chrono::steady_clock::now();
}

}  // namespace nearside::cache
