#include "cache/shard_turns.h"

namespace nearside::cache {

std::optional<std::size_t> shard_turns::next(std::span<const std::uint64_t> entries) noexcept {
    std::optional<std::size_t> chosen;
    std::int64_t total = 0;
    for (std::size_t at = 0; at < entries.size(); ++at) {
        if (entries[at] == 0) {
            credits_[at] = 0;
            continue;
        }
        const auto weight = static_cast<std::int64_t>(entries[at]);
        credits_[at] += weight;
        total += weight;
        if (!chosen || credits_[at] > credits_[*chosen]) chosen = at;
    }
    if (chosen) credits_[*chosen] -= total;
    return chosen;
}

}  // namespace nearside::cache
