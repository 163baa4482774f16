// When what was last invalidated: tags, and URIs, which are tags too, each with the moment of its last invalidation.
// Entries are compared with it when they are read, so that invalidating costs the same however many entries it strikes,
// and strikes those as well that are just being fetched.
// Built and owned by main. Bounded: when full, the oldest tags are folded into one moment that counts for every tag.
// Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nearside::cache {

enum class invalidation {
    none,
    soft,  // stale from now on: may be validated, and served while that goes on
    hard,  // gone: never served again
};

class tag_epochs {
public:
    explicit tag_epochs(std::size_t most_tags) : most_in_a_shard_(most_tags / shards + 1) {}

    // The moment to stamp an entry with, taken before its fetch begins: what is invalidated later strikes it.
    std::uint64_t now() const noexcept { return moment_.load(std::memory_order_acquire); }

    void invalidate(std::span<const std::string> tags, invalidation how);

    // What became of an entry with this stamp and these tags; `uri_tag` is one more, which entries needn't hold.
    invalidation fate_of(std::uint64_t stamp, std::string_view uri_tag, std::span<const std::string> tags) const;
    // When the tag was last invalidated; 0: not that anybody remembers.
    std::uint64_t last_of(std::string_view tag) const;

    std::size_t size() const;

private:
    static constexpr std::size_t shards = 8;

    struct moments {
        std::uint64_t soft = 0, hard = 0;
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

    const shard& shard_of(std::string_view tag) const noexcept { return shards_[hash{}(tag) % shards]; }
    moments of(std::string_view tag) const;
    void raise(const std::string& tag, invalidation how, std::uint64_t moment);

    const std::size_t most_in_a_shard_;
    std::mutex invalidating_;
    std::atomic<std::uint64_t> moment_{1};
    std::array<shard, shards> shards_;
};

}  // namespace nearside::cache
