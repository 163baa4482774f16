#include "cache/memory_store.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace nearside::cache {

namespace {

// The tables are made for entries of this size on average: with smaller ones look-ups take a few steps more. They come
// to less than a hundredth of the limit.
constexpr std::uint64_t expected_entry_bytes = 2048;
// Resident memory is looked at after this much was put: this part of the limit, but not less than that.
constexpr std::uint64_t samples_a_limit = 2048, least_between_samples = 64 * 1024;
// A limit that the process would fill by this part without storing anything is one for entries alone.
constexpr std::uint64_t process_share = 2;
// The small queues hold this part of the bytes before they have to give way.
constexpr std::int64_t small_queue_divisor = 10;
// Steps in a row that may find nothing but entries in use; then one of these has to go. What one put may cost.
constexpr int most_steps_in_vain = 4096;
// Places of the index that are listed under one lock.
constexpr std::size_t listed_at_once = 1024;

}  // namespace

memory_store::memory_store(limits bounds, heap_watch watch, hash_seed seed)
    : bounds_(bounds),
      watch_(std::move(watch)),
      seed_(seed),
      governor_(bounds.bytes),
      small_turns_(std::max(1u, bounds.shards)),
      main_turns_(std::max(1u, bounds.shards)),
      weights_(std::max(1u, bounds.shards)) {
    const auto shards = static_cast<std::uint32_t>(weights_.size());
    for (std::uint32_t at = 0; at < shards; ++at) {
        shards_.push_back(std::make_unique<store_shard>(bounds.bytes / shards / expected_entry_bytes));
        table_bytes_ += shards_.back()->table_memory();
    }
    most_bytes_ = static_cast<std::int64_t>(bounds.bytes - std::min(bounds.bytes, table_bytes_));
    watching_ = watch_.resident && bounds.bytes / process_share >= watch_.resident();
}

memory_store::~memory_store() = default;

// By the bits that a shard's index doesn't use.
store_shard& memory_store::shard_of(std::uint64_t hash) const noexcept {
    return *shards_[(hash >> 40) % shards_.size()];
}

entry_ptr memory_store::peek(std::string_view key) const {
    const std::uint64_t hash = key_hash(key, seed_);
    return shard_of(hash).peek(key, hash);
}

entry_ptr memory_store::find(std::string_view key) {
    const std::uint64_t hash = key_hash(key, seed_);
    return shard_of(hash).find(key, hash);
}

bool memory_store::put(entry_ptr stored) {
    const std::uint64_t cost = store_shard::cost_of(*stored);
    if (cost > bounds_.max_entry_bytes) {
        erase(stored->key);
        return false;
    }
    entry_ptr replaced;
    const std::uint64_t hash = key_hash(stored->key, seed_);
    grow(shard_of(hash).put(std::move(stored), hash, replaced));
    replaced.reset();
    if (watching_) watch_memory(cost);
    make_room();
    return true;
}

bool memory_store::replace(const entry_ptr& older, entry_ptr stored) {
    const std::uint64_t cost = store_shard::cost_of(*stored);
    if (cost > bounds_.max_entry_bytes) return false;
    entry_ptr replaced;
    const std::uint64_t hash = key_hash(stored->key, seed_);
    const std::optional<store_shard::growth> grown = shard_of(hash).replace(*older, std::move(stored), hash, replaced);
    if (!grown) return false;
    grow(*grown);
    replaced.reset();
    if (watching_) watch_memory(cost);
    make_room();
    return true;
}

bool memory_store::add(entry_ptr stored) {
    const std::uint64_t cost = store_shard::cost_of(*stored);
    if (cost > bounds_.max_entry_bytes) return false;
    const std::uint64_t hash = key_hash(stored->key, seed_);
    const std::optional<store_shard::growth> grown = shard_of(hash).add(std::move(stored), hash);
    if (!grown) return false;
    grow(*grown);
    if (watching_) watch_memory(cost);
    make_room();
    return true;
}

void memory_store::watch_memory(std::uint64_t put) {
    const std::uint64_t since = put_since_.fetch_add(put, std::memory_order_relaxed) + put;
    if (since < std::max(least_between_samples, bounds_.bytes / samples_a_limit)) return;
    const std::unique_lock lock(governing_, std::try_to_lock);
    if (!lock) return;
    put_since_.store(0, std::memory_order_relaxed);
    const auto held = [this] { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes_)) + table_bytes_; };
    if (governor_.sample(watch_.resident(), held(), since)) {
        watch_.return_free();
        governor_.sample(watch_.resident(), held(), 0);
    }
    most_bytes_ = static_cast<std::int64_t>(governor_.allowed() - std::min(governor_.allowed(), table_bytes_));
}

bool memory_store::erase(std::string_view key) {
    entry_ptr erased;
    const std::uint64_t hash = key_hash(key, seed_);
    grow(shard_of(hash).erase(key, hash, erased));
    return erased != nullptr;
}

void memory_store::grow(const store_shard::growth& by) noexcept {
    bytes_ += by.bytes;
    small_bytes_ += by.small_bytes;
}

void memory_store::make_room() {
    int in_vain = 0;
    while (bytes_ > most_bytes_) {
        entry_ptr gone;
        if (!evict_step(in_vain >= most_steps_in_vain, gone)) return;
        in_vain = gone ? 0 : in_vain + 1;
        if (gone) ++evictions_;
    }
}

bool memory_store::evict_step(bool whatever, entry_ptr& gone) {
    using queue_name = store_shard::queue_name;
    const std::lock_guard lock(evicting_);
    const auto turn = [this](queue_name which) {
        for (std::size_t at = 0; at < shards_.size(); ++at)
            weights_[at] = shards_[at]->entries_in(which);
        return (which == queue_name::small ? small_turns_ : main_turns_).next(weights_);
    };
    queue_name from = small_bytes_ * small_queue_divisor >= bytes_ ? queue_name::small : queue_name::main;
    std::optional<std::size_t> whose = turn(from);
    if (!whose) {
        from = from == queue_name::small ? queue_name::main : queue_name::small;
        whose = turn(from);
    }
    if (!whose) return false;
    grow(shards_[*whose]->step(from, whatever, gone));
    return true;
}

memory_store::counts memory_store::count() const {
    counts counted;
    for (const auto& each : shards_)
        counted.entries += each->entries();
    counted.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes_));
    counted.evictions = evictions_;
    return counted;
}

void memory_store::for_each(const std::function<void(const entry_ptr&)>& each) const {
    std::vector<entry_ptr> listed;
    for (const auto& part : shards_) {
        std::size_t next = 0;
        do {
            listed.clear();
            next = part->list(next, listed_at_once, listed);
            for (const entry_ptr& stored : listed)
                each(stored);
        } while (next != 0);
    }
}

std::optional<memory_store::walk_position> memory_store::walk(walk_position from, std::size_t places,
                                                              std::vector<entry_ptr>& into) const {
    if (from.shard >= shards_.size()) return std::nullopt;
    const std::size_t next = shards_[from.shard]->list(from.place, places, into);
    if (next != 0) return walk_position{from.shard, next};
    if (from.shard + 1 == shards_.size()) return std::nullopt;
    return walk_position{from.shard + 1, 0};
}

}  // namespace nearside::cache
