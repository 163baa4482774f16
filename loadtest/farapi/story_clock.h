// The time in the far region's story: it starts at world::epoch and runs as fast as the real one, or stands still, and
// can be moved ahead by hand. One owner, one thread.
#pragma once

#include "core/clock.h"
#include "loadtest/farapi/world.h"

#include <chrono>

namespace nearside::farapi {

class story_clock {
public:
    story_clock(const clock& real, bool frozen) : real_(real), frozen_(frozen), started_(real.steady_now()) {}

    world_time now() const {
        const auto ran = frozen_ ? steady_time::duration{} : real_.steady_now() - started_;
        return world::epoch + advanced_ + std::chrono::floor<std::chrono::seconds>(ran);
    }
    void advance(std::chrono::seconds by) { advanced_ += by; }

private:
    const clock& real_;
    bool frozen_;
    steady_time started_;
    std::chrono::seconds advanced_{0};
};

}  // namespace nearside::farapi
