// How much of a view's answers may be looked at to learn their type: so many bytes a minute, hence small answers nearly
// all, and one of tens of MB once a minute. Knows which of the last answers were looked at already.
// Pure; under its owner's lock.
#pragma once

#include "core/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace nearside::proxy {

class look_budget {
public:
    static constexpr std::int64_t bytes_a_minute = 4 * 1024 * 1024;
    static constexpr std::int64_t least = 2 * 1024;  // that a look counts for
    static constexpr std::size_t remembered = 256;   // answers

    // Whether to look at the answer with that entity tag; then its bytes are paid.
    bool take(std::string_view etag, std::size_t bytes, steady_time now) {
        const std::uint64_t tag = std::hash<std::string_view>{}(etag) | 1;  // 0: none
        std::uint64_t& place = looked_[(tag >> 1) % remembered];
        if (place == tag) return false;
        // Paid in time: what was bought is used up at `paid_until_`, and no more than a minute can be saved.
        constexpr std::chrono::nanoseconds minute = std::chrono::minutes{1};
        const auto counted = static_cast<std::int64_t>(std::min(bytes, static_cast<std::size_t>(bytes_a_minute)));
        const std::chrono::nanoseconds price{minute.count() * std::max(counted, least) / bytes_a_minute};
        const steady_time from = std::max(paid_until_, now - minute);
        if (from + price > now) return false;
        paid_until_ = from + price;
        place = tag;
        return true;
    }

private:
    steady_time paid_until_{};
    std::array<std::uint64_t, remembered> looked_{};
};

}  // namespace nearside::proxy
