// One direction of the link, as arithmetic: a packet waits its turn on the line (bandwidth), then travels (delay), or
// is lost, or finds the queue full. `now` is an argument; nothing sleeps here. One owner, one thread.
#pragma once

#include "loadtest/farlink/link_settings.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>

namespace nearside::farlink {

class line {
public:
    using time = nanoseconds;  // since any fixed instant

    line(const link_settings& settings, std::uint64_t salt);

    enum class fate { travels, lost, queue_full };
    fate enter(std::string packet, time now);

    // When the next packet arrives; nullopt: the line is empty.
    std::optional<time> next_arrival() const noexcept;
    // The next packet that has arrived by `now`.
    std::optional<std::string> arrive(time now);

    std::uint64_t lost() const noexcept { return lost_; }
    std::uint64_t refused() const noexcept { return refused_; }

private:
    struct travelling {
        time arrives;
        std::string packet;
    };
    link_settings settings_;
    std::mt19937_64 noise_;
    time line_free_{0};
    std::deque<travelling> packets_;
    std::uint64_t lost_ = 0, refused_ = 0;
};

}  // namespace nearside::farlink
