// Names that may come once: each is remembered for a while, the oldest forgotten where there are too many.
// Own mutex; any thread.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_set>

namespace nearside::proxy {

class seen_once {
public:
    explicit seen_once(std::size_t most) : most_(most) {}

    // Whether it comes for the first time within `remembered`.
    bool is_first(const std::string& name, milliseconds remembered, steady_time now);

private:
    struct seen {
        std::string name;
        steady_time until;
    };

    const std::size_t most_;
    std::mutex mutex_;
    std::unordered_set<std::string> names_;
    std::deque<seen> order_;
};

}  // namespace nearside::proxy
