// Moments of invalidation, which entries are stamped with. The upper bits are a place in the log that all nodes share
// (cache/invalidation_ledger.h), so that a stamp of one node means the same to another: all that the log holds up to
// there was known when the fetch began. The lower bits count what is this node's own. Pure; any thread.
#pragma once

#include <cstdint>

namespace nearside::cache {

constexpr unsigned own_moment_bits = 20;

constexpr std::uint64_t moment_of(std::uint64_t sequence) noexcept {
    return sequence << own_moment_bits;
}
constexpr std::uint64_t sequence_of(std::uint64_t moment) noexcept {
    return moment >> own_moment_bits;
}

}  // namespace nearside::cache
