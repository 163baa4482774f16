// The metrics of a job: a training curve of as many points as asked for, which is how bodies of tens of MB come about.
// Pure; any thread.
#pragma once

#include "loadtest/farapi/world.h"

#include <cstdint>
#include <string>

namespace nearside::farapi {

constexpr std::uint32_t default_points = 20;
constexpr std::uint32_t max_points = 1'000'000;  // about 50 MB

// Written at memory speed: fixed-width decimals, no formatting library in the loop.
std::string metrics_document(std::uint64_t seed, const job& of, std::uint32_t points);
// About how long that document is.
std::uint64_t metrics_bytes(std::uint32_t points) noexcept;

}  // namespace nearside::farapi
