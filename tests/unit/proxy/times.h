// How long the tests of what waits let it wait.
#pragma once

#include "core/clock.h"

#include <chrono>

namespace nearside::proxy {

inline steady_time in(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

// Takes a test's place in time: long enough never to run out by itself.
inline constexpr milliseconds long_time{15'000};
// Runs out while the test waits for it.
inline constexpr milliseconds short_time{40};
// For what must happen: whoever needs more hangs.
inline constexpr std::chrono::seconds patience{20};

}  // namespace nearside::proxy
