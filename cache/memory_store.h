// The memory tier: entries by key, bounded by the memory that keeping them takes, evicted by S3-FIFO
// (cache/store_shard). Owned by main. Sharded behind short mutexes; any thread may call. Nothing is freed under a lock.
#pragma once

#include "cache/entry.h"
#include "cache/key_hash.h"
#include "cache/memory_governor.h"
#include "cache/shard_turns.h"
#include "cache/store_shard.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace nearside::cache {

class memory_store {
public:
    struct limits {
        std::uint64_t bytes = 512ull * 1024 * 1024;            // of memory: of the process, where it is watched
        std::uint64_t max_entry_bytes = 128ull * 1024 * 1024;  // larger ones are not kept
        std::uint32_t shards = 16;
    };

    struct counts {
        std::uint64_t entries = 0, bytes = 0, evictions = 0;
    };

    // How the memory of the whole process is seen and returned (core/heap.h). Without it, or where the limit is less
    // than twice what the process takes before anything is stored, the store goes by its own count alone.
    struct heap_watch {
        std::function<std::uint64_t()> resident;
        std::function<void()> return_free;
    };

    explicit memory_store(limits bounds, heap_watch watch = {}, hash_seed seed = hash_seed::random());
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

    // Puts it only where `older` still stands under its key: what was put there since is newer than either. False: not
    // put.
    bool replace(const entry_ptr& older, entry_ptr stored);

    // Puts it only where nothing stands under its key. False: not put.
    bool add(entry_ptr stored);

    bool erase(std::string_view key);

    // `bytes`: of the entries and their places in the store.
    counts count() const;

    // Calls `each` for every entry, a part of a shard at a time; entries published meanwhile may or may not be seen.
    void for_each(const std::function<void(const entry_ptr&)>& each) const;

    // Where a walk over all entries stands: an entry that stays all the while is met once, however much else comes and
    // goes between two steps.
    struct walk_position {
        std::uint32_t shard = 0;
        std::uint64_t place = 0;  // of the shard's index

        friend bool operator==(const walk_position&, const walk_position&) = default;
    };
    // Adds the entries of the next `places` places, about as many as those, in one hold of a shard's lock. Where to go
    // on; nullopt: that was all.
    std::optional<walk_position> walk(walk_position from, std::size_t places, std::vector<entry_ptr>& into) const;

private:
    store_shard& shard_of(std::uint64_t hash) const noexcept;
    void grow(const store_shard::growth& by) noexcept;
    void make_room();
    // Makes one step towards room; false: nothing is left. `gone` is for the caller to free.
    bool evict_step(bool whatever, entry_ptr& gone);
    void watch_memory(std::uint64_t put);

    const limits bounds_;
    const heap_watch watch_;
    const hash_seed seed_;
    std::vector<std::unique_ptr<store_shard>> shards_;
    std::uint64_t table_bytes_ = 0;
    bool watching_ = false;
    std::mutex governing_;
    memory_governor governor_;
    std::atomic<std::uint64_t> put_since_{0};  // the last sample
    std::atomic<std::int64_t> most_bytes_{0};  // of entries and their places
    // Raised after an entry was published: below zero for a moment where another thread has evicted it already.
    std::atomic<std::int64_t> bytes_{0};
    std::atomic<std::int64_t> small_bytes_{0};  // in the small queues
    std::atomic<std::uint64_t> evictions_{0};
    std::mutex evicting_;  // held for one step; a look-up never takes it
    shard_turns small_turns_, main_turns_;
    std::vector<std::uint64_t> weights_;  // a scratch of evict_step()
};

}  // namespace nearside::cache
