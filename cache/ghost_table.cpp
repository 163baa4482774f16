#include "cache/ghost_table.h"

#include <algorithm>
#include <bit>

namespace nearside::cache {

namespace {

std::uint32_t mark_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

ghost_table::ghost_table(std::size_t expected) : slots_(std::bit_ceil(std::max(expected, group))) {}

ghost_table::slot* ghost_table::group_of(std::uint64_t hash) noexcept {
    const std::size_t groups = slots_.size() / group;
    return &slots_[(static_cast<std::uint32_t>(hash) & (groups - 1)) * group];
}

void ghost_table::remember(std::uint64_t hash) noexcept {
    if (++clock_ == 0) clock_ = 1;
    slot* const first = group_of(hash);
    slot* oldest = first;
    for (slot* at = first; at != first + group; ++at) {
        if (at->when != 0 && at->mark == mark_of(hash)) {
            oldest = at;
            break;
        }
        if (at->when == 0 || (oldest->when != 0 && clock_ - at->when > clock_ - oldest->when)) oldest = at;
    }
    *oldest = {mark_of(hash), clock_};
}

bool ghost_table::take(std::uint64_t hash, std::size_t window) noexcept {
    slot* const first = group_of(hash);
    for (slot* at = first; at != first + group; ++at) {
        if (at->when == 0 || at->mark != mark_of(hash)) continue;
        const bool lately = clock_ - at->when < window;
        *at = {};
        return lately;
    }
    return false;
}

}  // namespace nearside::cache
