#include "cache/store_shard.h"

#include "core/heap_size.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace nearside::cache {

namespace {

// The small queue holds this part of a shard's bytes before it has to give way.
constexpr std::uint64_t small_queue_divisor = 10;
// Uses counted beyond this say nothing more about the future.
constexpr std::uint64_t most_uses = 3;
// Entries looked at in one go for one to evict: what a look-up may have to wait for.
constexpr int eviction_steps = 64;
// A history as long as the shard is what S3-FIFO's authors found enough; in a nearly empty one, no shorter than this.
constexpr std::uint64_t least_history = 16;

}  // namespace

store_shard::store_shard(std::size_t expected)
    : places_(std::bit_ceil(std::max<std::size_t>(expected, 16))), ghosts_(expected) {}

store_shard::~store_shard() {
    const auto free_node = [](node* gone) { delete gone; };
    small_.clear_and_dispose(free_node);
    main_.clear_and_dispose(free_node);
}

std::uint64_t store_shard::cost_of(const entry& stored) noexcept {
    return stored.memory() + heap_bytes(sizeof(node));
}

store_shard::node* store_shard::look_up(std::string_view key, std::uint64_t hash) const noexcept {
    for (node* at = places_[hash & (places_.size() - 1)].first; at != nullptr; at = at->next) {
        if (at->hash == hash && at->stored->key == key) return at;
    }
    return nullptr;
}

void store_shard::enter(node& fresh) noexcept {
    fresh.next = std::exchange(place_of(fresh.hash), &fresh);
    queue_of(fresh).push_back(fresh);
    bytes_of(fresh) += fresh.bytes;
    ++entries_;
}

void store_shard::leave(const node& gone) noexcept {
    node** at = &place_of(gone.hash);
    while (*at != &gone)
        at = &(*at)->next;
    *at = gone.next;
    --entries_;
}

entry_ptr store_shard::peek(std::string_view key, std::uint64_t hash) const {
    const std::lock_guard lock(mutex_);
    const node* const found = look_up(key, hash);
    return found == nullptr ? nullptr : found->stored;
}

entry_ptr store_shard::find(std::string_view key, std::uint64_t hash) {
    const std::lock_guard lock(mutex_);
    node* const found = look_up(key, hash);
    if (found == nullptr) return nullptr;
    if (found->uses < most_uses) ++found->uses;
    return found->stored;
}

std::int64_t store_shard::put(entry_ptr stored, std::uint64_t hash, entry_ptr& replaced) {
    const std::uint64_t cost = cost_of(*stored);
    const auto grown_by = static_cast<std::int64_t>(cost);
    const std::lock_guard lock(mutex_);
    if (node* const held = look_up(stored->key, hash)) {
        const auto before = static_cast<std::int64_t>(held->bytes);
        bytes_of(*held) += cost - held->bytes;
        held->bytes = cost;
        replaced = std::exchange(held->stored, std::move(stored));
        return grown_by - before;
    }
    // A key that had to go a short while ago and is back already belongs to the main queue.
    const bool newcomer = !ghosts_.take(hash, std::max(least_history, entries_));
    enter(*std::make_unique<node>(std::move(stored), hash, cost, newcomer).release());
    return grown_by;
}

std::int64_t store_shard::erase(std::string_view key, std::uint64_t hash, entry_ptr& erased) {
    std::unique_ptr<node> gone;
    const std::lock_guard lock(mutex_);
    gone.reset(look_up(key, hash));
    if (!gone) return 0;
    leave(*gone);
    bytes_of(*gone) -= gone->bytes;
    queue& in = queue_of(*gone);
    in.erase(in.iterator_to(*gone));
    erased = std::move(gone->stored);
    return -static_cast<std::int64_t>(gone->bytes);
}

store_shard::eviction store_shard::evict() {
    std::unique_ptr<node> gone;
    const std::lock_guard lock(mutex_);
    for (int step = 0; step < eviction_steps && !gone; ++step) {
        if (small_.empty() && main_.empty()) return {nullptr, 0, true};
        const bool from_small =
            !small_.empty() && (main_.empty() || small_bytes_ * small_queue_divisor >= small_bytes_ + main_bytes_);
        queue& from = from_small ? small_ : main_;
        node& oldest = from.front();
        from.pop_front();
        if (oldest.uses == 0) {
            if (from_small) ghosts_.remember(oldest.hash);
            bytes_of(oldest) -= oldest.bytes;
            leave(oldest);
            gone.reset(&oldest);
        } else if (from_small) {
            small_bytes_ -= oldest.bytes;
            oldest.in_small = false;
            oldest.uses = 0;
            main_bytes_ += oldest.bytes;
            main_.push_back(oldest);
        } else {
            --oldest.uses;
            main_.push_back(oldest);
        }
    }
    if (!gone) return {};
    return {std::move(gone->stored), gone->bytes, false};
}

std::uint64_t store_shard::entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
}

std::size_t store_shard::list(std::size_t from, std::size_t most, std::vector<entry_ptr>& into) const {
    const std::lock_guard lock(mutex_);
    const std::size_t end = std::min(places_.size(), from + most);
    for (std::size_t index = from; index < end; ++index) {
        for (const node* at = places_[index].first; at != nullptr; at = at->next)
            into.push_back(at->stored);
    }
    return end == places_.size() ? 0 : end;
}

}  // namespace nearside::cache
