// Whose turn it is to evict, among shards that together stand for one queue: a shard's turns come in proportion to its
// entries, so that an entry's time in the queue doesn't depend on how many others its shard happens to hold. Small
// stores, and stores of few large entries, would otherwise lose what is in use from the emptiest shards.
// Pure (smooth weighted round-robin). One owner, who guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nearside::cache {

class shard_turns {
public:
    explicit shard_turns(std::size_t shards) : credits_(shards) {}

    // The next one's number; nothing where no shard has an entry. `entries`: of each shard, now.
    std::optional<std::size_t> next(std::span<const std::uint64_t> entries) noexcept;

private:
    std::vector<std::int64_t> credits_;
};

}  // namespace nearside::cache
