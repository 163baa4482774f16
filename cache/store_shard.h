// One shard of the memory store: an index, and its part of the two queues of S3-FIFO (Yang et al., SOSP 2023).
// Newcomers pass the small queue and reach the main one only when they were asked for meanwhile, or come back soon
// after; so a scan of many keys asked once doesn't push out what is in use. A hit moves nothing: it raises a counter.
// From which queue to evict, and which shard's turn it is, is the store's decision, by all shards together. Owned by
// memory_store. Any thread: a mutex is held for a look-up, or for one step. Nothing is freed under it: what leaves is
// handed to the caller.
#pragma once

#include "cache/entry.h"
#include "cache/ghost_table.h"
#include "cache/zeroed_array.h"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace nearside::cache {

class store_shard {
public:
    // `expected`: entries that the tables are made for; more of them make look-ups slower, not wrong.
    explicit store_shard(std::size_t expected);
    ~store_shard();
    store_shard(const store_shard&) = delete;
    store_shard& operator=(const store_shard&) = delete;

    // What keeping an entry costs, its place in the shard included.
    static std::uint64_t cost_of(const entry& stored) noexcept;

    // `hash` is that of the key, here and below.
    entry_ptr peek(std::string_view key, std::uint64_t hash) const;
    entry_ptr find(std::string_view key, std::uint64_t hash);
    // What the shard grew by; less than zero where it shrank.
    struct growth {
        std::int64_t bytes = 0;
        std::int64_t small_bytes = 0;  // of these, in the small queue
    };
    // `replaced`: what stood under the key.
    growth put(entry_ptr stored, std::uint64_t hash, entry_ptr& replaced);
    // nullopt: `older` doesn't stand under its key any more.
    std::optional<growth> replace(const entry& older, entry_ptr stored, std::uint64_t hash, entry_ptr& replaced);
    // nullopt: something stands under its key.
    std::optional<growth> add(entry_ptr stored, std::uint64_t hash);
    growth erase(std::string_view key, std::uint64_t hash, entry_ptr& erased);

    enum class queue_name : std::uint8_t { small, main };
    // One step at the front of a queue: an entry that was not used leaves the shard, another one moves on. `whatever`:
    // it leaves all the same. `gone`: what left.
    growth step(queue_name from, bool whatever, entry_ptr& gone);

    // As of now, without the mutex.
    std::uint64_t entries_in(queue_name which) const noexcept {
        return (which == queue_name::small ? small_entries_ : main_entries_).load(std::memory_order_relaxed);
    }
    std::uint64_t entries() const noexcept { return entries_in(queue_name::small) + entries_in(queue_name::main); }
    // Entries from place `from` of the index on, in about `most` of its places; where to go on, 0 at the end.
    std::size_t list(std::size_t from, std::size_t most, std::vector<entry_ptr>& into) const;

    // Of the tables, once they are in use everywhere.
    std::uint64_t table_memory() const noexcept { return places_.memory() + ghosts_.memory(); }

private:
    struct node : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
        node(entry_ptr what, std::uint64_t hash_of_key, std::uint64_t cost, bool newcomer)
            : stored(std::move(what)),
              hash(hash_of_key),
              bytes(cost & ((std::uint64_t{1} << 56) - 1)),
              uses(0),
              in_small(newcomer) {}

        node* next = nullptr;  // in the same place of the index
        entry_ptr stored;
        const std::uint64_t hash;  // most other keys are told apart without a look at them
        std::uint64_t bytes : 56;
        std::uint64_t uses : 2;
        std::uint64_t in_small : 1;
    };
    struct place {
        node* first = nullptr;
    };
    using queue = boost::intrusive::list<node>;

    node*& place_of(std::uint64_t hash) noexcept { return places_[hash & (places_.size() - 1)].first; }
    node* look_up(std::string_view key, std::uint64_t hash) const noexcept;
    void enter(node& fresh) noexcept;
    // Out of the index and of nothing else.
    void leave(const node& gone) noexcept;
    queue& queue_of(const node& in) noexcept { return in.in_small ? small_ : main_; }
    std::atomic<std::uint64_t>& count_of(const node& in) noexcept {
        return in.in_small ? small_entries_ : main_entries_;
    }
    static growth size_of(const node& in) noexcept;
    // With mutex_ held.
    static growth exchange(node& held, entry_ptr stored, std::uint64_t cost, entry_ptr& replaced);
    growth insert(entry_ptr stored, std::uint64_t hash, std::uint64_t cost);

    mutable std::mutex mutex_;
    zeroed_array<place> places_;
    ghost_table ghosts_;
    queue small_, main_;
    std::atomic<std::uint64_t> small_entries_{0}, main_entries_{0};  // written under the mutex
};

}  // namespace nearside::cache
