// The memory tier: entries by key, bounded by the bytes that keeping them costs, evicted by S3-FIFO (Yang et al.,
// SOSP 2023): newcomers pass a small queue and reach the main one only when they were asked for again, so that a scan
// of many keys asked once doesn't push out what is in use. A hit moves nothing: it raises a counter.
// Owned by main. Sharded behind short mutexes; any thread may call. Nothing is freed under a lock.
#pragma once

#include "cache/entry.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace nearside::cache {

class memory_store {
public:
    struct limits {
        std::uint64_t bytes = 512ull * 1024 * 1024;
        std::uint64_t max_entry_bytes = 128ull * 1024 * 1024;  // larger ones are not kept
        std::uint32_t shards = 16;
    };

    struct counts {
        std::uint64_t entries = 0, bytes = 0, evictions = 0;
    };

    explicit memory_store(limits bounds);
    ~memory_store();
    memory_store(const memory_store&) = delete;
    memory_store& operator=(const memory_store&) = delete;

    // Counts as a use.
    entry_ptr find(std::string_view key);
    // Doesn't: for whoever looks on the cache's own behalf.
    entry_ptr peek(std::string_view key) const;

    // Replaces what stood under its key. False when the entry is larger than max_entry_bytes: the older one, which it
    // outdates, is removed all the same.
    bool put(entry_ptr stored);

    bool erase(std::string_view key);

    counts count() const;

    // Calls `each` for every entry, shard by shard; entries published meanwhile may or may not be seen.
    void for_each(const std::function<void(const entry_ptr&)>& each) const;

private:
    class shard;
    shard& shard_of(std::string_view key) const noexcept;
    void make_room();

    const limits bounds_;
    std::vector<std::unique_ptr<shard>> shards_;
    // Raised after an entry was published: below zero for a moment where another thread has evicted it already.
    std::atomic<std::int64_t> bytes_{0};
    std::atomic<std::uint64_t> evictions_{0};
    std::atomic<std::uint32_t> hand_{0};
};

}  // namespace nearside::cache
