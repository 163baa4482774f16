// Remembers which keys turned out not to be shareable, for a while: requests for them go their own ways at once instead
// of queueing behind one another for an answer that none of them may use.
// Bounded: when full, the oldest is forgotten. Any thread.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace nearside::cache {

class uncacheable_keys {
public:
    static constexpr milliseconds usually_remembered{10'000};
    static constexpr std::size_t usually_most = 10'000;

    explicit uncacheable_keys(milliseconds remember_for = usually_remembered, std::size_t most = usually_most)
        : remember_for_(remember_for), most_(most) {}

    void remember(const std::string& key, steady_time now);
    bool contains(const std::string& key, steady_time now) const;

private:
    const milliseconds remember_for_;
    const std::size_t most_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, steady_time> until_;
    std::deque<std::pair<steady_time, std::string>> order_;  // by time of being forgotten
};

}  // namespace nearside::cache
