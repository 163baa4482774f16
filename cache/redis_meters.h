// What is asked of Redis and what it is good for, counted. Built by main; immutable but for the counting; any thread.
#pragma once

#include "cache/tier_miss.h"
#include "core/metrics.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nearside::cache {

enum class redis_wrote : std::uint8_t {
    whole,       // all of it
    head_alone,  // its chunks were there, and were prolonged
    erased,
    nothing_left,  // its windows are over, or it has none
    refused,       // it holds what doesn't travel, or is too large
    older,         // Redis holds a newer one
    interrupted,   // erased in the meantime
    dropped,       // too much was waiting
    failed,        // Redis can't be reached, takes too long, or says no
    last = failed,
};
constexpr std::size_t redis_wrote_count = static_cast<std::size_t>(redis_wrote::last) + 1;
std::string_view to_string(redis_wrote what) noexcept;

struct redis_meters {
    explicit redis_meters(metrics& registry);

    counter& read(tier_miss outcome) const noexcept { return *reads[static_cast<std::size_t>(outcome)]; }
    counter& wrote(redis_wrote what) const noexcept { return *writes[static_cast<std::size_t>(what)]; }

    std::array<counter*, tier_miss_count> reads{};  // of entries; tier_miss::none: found
    std::array<counter*, tier_miss_count> texts{};  // of recipes and schemas
    std::array<counter*, redis_wrote_count> writes{};
    counter& read_bytes;
    counter& written_bytes;
    histogram& read_seconds;   // of an entry that was found
    histogram& write_seconds;  // of one that was written
};

}  // namespace nearside::cache
