// The control endpoint, /_control/...: how tests break, count and move the upstream. One owner, one thread.
#pragma once

#include "loadtest/farapi/counts.h"
#include "loadtest/farapi/faults.h"
#include "loadtest/farapi/reply.h"
#include "loadtest/farapi/story_clock.h"
#include "loadtest/farapi/world.h"

namespace nearside::farapi {

class control {
public:
    control(world& data, fault_list& faults, request_counts& counts, story_clock& time)
        : data_(data), faults_(faults), counts_(counts), time_(time) {}

    static bool is_for(std::string_view path) noexcept { return path.starts_with("/_control/"); }
    reply answer(const request& asked);

private:
    reply faults(const request& asked);
    reply advance(const request& asked);

    world& data_;
    fault_list& faults_;
    request_counts& counts_;
    story_clock& time_;
};

}  // namespace nearside::farapi
