#include "cache/memory_governor.h"

#include <algorithm>

namespace nearside::cache {

namespace {

// Parts of the limit. Resident memory is steered below `target`; a tenth of the limit for what isn't the store's own is
// what a process with ordinary fragmentation takes.
constexpr double target = 0.98;
constexpr double worth_binding = 0.01;
constexpr double usual_overhead = 0.08;
// Returning memory holds the allocator up for some milliseconds: not more often than after this much was put.
constexpr double between_trims = 0.5;

std::uint64_t part_of(std::uint64_t limit, double part) noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(limit) * part);
}

}  // namespace

bool memory_governor::sample(std::uint64_t resident, std::uint64_t held, std::uint64_t put) noexcept {
    since_trim_ += put;
    const std::uint64_t aim = part_of(limit_, target);
    const std::uint64_t least = limit_ / 4;
    if (resident <= aim) {
        highest_ = resident;
        allowed_ = std::clamp(held + (aim - resident) / 2, allowed_, limit_);
        return false;
    }
    if (allowed_ > held + part_of(limit_, worth_binding)) allowed_ = std::max(least, held);
    if (highest_ != 0 && resident > highest_) {
        // More than the growth: of what is evicted for it, a part frees room that nothing fits into. But not more than
        // in proportion to what was put: others grow as well, and the store can't make up for all of that.
        const std::uint64_t times = resident > limit_ ? 4 : 2;
        const std::uint64_t grown = times * std::min(resident - highest_, put);
        allowed_ = std::max(least, allowed_ - std::min(allowed_, grown));
    }
    highest_ = std::max(highest_, resident);
    if (since_trim_ < part_of(limit_, between_trims) || resident < held + part_of(limit_, usual_overhead)) return false;
    since_trim_ = 0;
    highest_ = 0;
    return true;
}

}  // namespace nearside::cache
