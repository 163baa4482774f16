// When what was last invalidated: tags, and what are tags too (URIs, keys, views, paths), each with the moment of its
// last invalidation, and patterns of paths. Entries are compared with it when they are read, so that invalidating costs
// the same however many entries it strikes, and strikes those as well that are just being fetched. Built and owned by
// main. Bounded: when full, the oldest tags (or patterns) are folded into one moment that counts for every tag (or
// path). Any thread.
#pragma once

#include "cache/entry.h"
#include "cache/invalidation_order.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nearside::cache {

// What an entry can be named by beside its tags and its key. It is what the reader knows anyway; empty where there is
// no such thing.
struct entry_names {
    std::string_view uri_tag{};
    std::string_view view{};
    std::string_view path{};  // as clients ask for it; compared without the query (comparable_path)
};

class tag_epochs {
public:
    static constexpr std::size_t most_patterns = 1'000;

    explicit tag_epochs(std::size_t most_tags) : most_in_a_shard_(most_tags / shards + 1) {}

    // The moment to stamp an entry with, taken before its fetch begins: what is invalidated later strikes it.
    std::uint64_t now() const noexcept { return moment_.load(std::memory_order_acquire); }

    void invalidate(const invalidation_order& order);
    void invalidate(std::span<const std::string> tags, invalidation how);

    // What stands in the log that all nodes share, at that place (cache/moment.h). Strikes what is here already too:
    // when its fetch began, this was not known of.
    void apply(const invalidation_order& order, std::uint64_t sequence);
    // Whatever isn't stamped with that place of the log at least is gone, here and in other tiers.
    void strike_all(std::uint64_t sequence);
    // All that the log holds up to there has been applied.
    void advance(std::uint64_t sequence);

    // What became of an entry, by its key, its tags and all else that it can be named by. One that nothing has struck
    // remembers so: asking again costs one comparison until something is invalidated.
    invalidation fate_of(const entry& of, const entry_names& names) const;
    // When the tag was last invalidated; 0: not that anybody remembers.
    std::uint64_t last_of(std::string_view tag) const;

    std::size_t size() const;
    std::size_t patterns() const;

private:
    static constexpr std::size_t shards = 8;

    // By how: the last moment of each.
    struct moments {
        std::uint64_t soft = 0, changed = 0, hard = 0;

        void raise(invalidation how, std::uint64_t moment) noexcept;
        void raise(const moments& others) noexcept;
        invalidation since(std::uint64_t stamp) const noexcept;
        std::uint64_t last() const noexcept;
    };
    struct remembered : moments {
        std::list<std::string_view>::iterator place;  // in the order
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string, remembered, hash, std::equal_to<>> tags;
        // By last invalidation, so that what is forgotten is long ago: its moment will count for every tag. Points to
        // the keys, which stay where they are.
        std::list<std::string_view> order;
        moments floor;  // of tags that were forgotten
    };
    struct pattern : moments {
        std::string text;
    };

    const shard& shard_of(std::string_view tag) const noexcept { return shards_[hash{}(tag) % shards]; }
    moments of(std::string_view tag) const;
    moments of_path(std::string_view path) const;
    void raise_all(const invalidation_order& order, std::uint64_t moment);
    void raise(const std::string& tag, invalidation how, std::uint64_t moment);
    void raise_pattern(const std::string& text, invalidation how, std::uint64_t moment);

    const std::size_t most_in_a_shard_;
    std::mutex invalidating_;
    std::atomic<std::uint64_t> moment_{1};
    std::array<shard, shards> shards_;
    mutable std::shared_mutex patterns_mutex_;
    std::vector<pattern> patterns_;  // by last invalidation
    moments forgotten_patterns_;
};

}  // namespace nearside::cache
