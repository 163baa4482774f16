#include "cache/store_shard.h"

#include "core/heap_size.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace nearside::cache {

namespace {

// Uses counted beyond this say nothing more about the future.
constexpr std::uint64_t most_uses = 3;
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

store_shard::growth store_shard::size_of(const node& in) noexcept {
    const auto bytes = static_cast<std::int64_t>(in.bytes);
    return {bytes, in.in_small ? bytes : 0};
}

void store_shard::enter(node& fresh) noexcept {
    fresh.next = std::exchange(place_of(fresh.hash), &fresh);
    queue_of(fresh).push_back(fresh);
    ++count_of(fresh);
}

void store_shard::leave(const node& gone) noexcept {
    node** at = &place_of(gone.hash);
    while (*at != &gone)
        at = &(*at)->next;
    *at = gone.next;
    --count_of(gone);
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
    found->stored->hits.fetch_add(1, std::memory_order_relaxed);
    return found->stored;
}

store_shard::growth store_shard::put(entry_ptr stored, std::uint64_t hash, entry_ptr& replaced) {
    const std::uint64_t cost = cost_of(*stored);
    const std::lock_guard lock(mutex_);
    if (node* const held = look_up(stored->key, hash)) return exchange(*held, std::move(stored), cost, replaced);
    return insert(std::move(stored), hash, cost);
}

std::optional<store_shard::growth> store_shard::add(entry_ptr stored, std::uint64_t hash) {
    const std::uint64_t cost = cost_of(*stored);
    const std::lock_guard lock(mutex_);
    if (look_up(stored->key, hash) != nullptr) return std::nullopt;
    return insert(std::move(stored), hash, cost);
}

store_shard::growth store_shard::insert(entry_ptr stored, std::uint64_t hash, std::uint64_t cost) {
    // A key that had to go a short while ago and is back already belongs to the main queue.
    const bool newcomer = !ghosts_.take(hash, std::max(least_history, entries()));
    node& fresh = *std::make_unique<node>(std::move(stored), hash, cost, newcomer).release();
    enter(fresh);
    return size_of(fresh);
}

std::optional<store_shard::growth> store_shard::replace(const entry& older, entry_ptr stored, std::uint64_t hash,
                                                        entry_ptr& replaced) {
    const std::uint64_t cost = cost_of(*stored);
    const std::lock_guard lock(mutex_);
    node* const held = look_up(stored->key, hash);
    if (held == nullptr || held->stored.get() != &older) return std::nullopt;
    return exchange(*held, std::move(stored), cost, replaced);
}

store_shard::growth store_shard::exchange(node& held, entry_ptr stored, std::uint64_t cost, entry_ptr& replaced) {
    const growth before = size_of(held);
    held.bytes = cost;
    replaced = std::exchange(held.stored, std::move(stored));
    const growth now = size_of(held);
    return {now.bytes - before.bytes, now.small_bytes - before.small_bytes};
}

store_shard::growth store_shard::erase(std::string_view key, std::uint64_t hash, entry_ptr& erased) {
    std::unique_ptr<node> gone;
    const std::lock_guard lock(mutex_);
    gone.reset(look_up(key, hash));
    if (!gone) return {};
    leave(*gone);
    queue& in = queue_of(*gone);
    in.erase(in.iterator_to(*gone));
    erased = std::move(gone->stored);
    const growth was = size_of(*gone);
    return {-was.bytes, -was.small_bytes};
}

store_shard::growth store_shard::step(queue_name which, bool whatever, entry_ptr& gone) {
    std::unique_ptr<node> removed;
    const std::lock_guard lock(mutex_);
    queue& from = which == queue_name::small ? small_ : main_;
    if (from.empty()) return {};
    node& oldest = from.front();
    from.pop_front();
    const growth was = size_of(oldest);
    if (oldest.uses == 0 || whatever) {
        if (oldest.in_small) ghosts_.remember(oldest.hash);
        leave(oldest);
        removed.reset(&oldest);
        gone = std::move(removed->stored);
        return {-was.bytes, -was.small_bytes};
    }
    if (oldest.in_small) {
        --count_of(oldest);
        oldest.in_small = false;
        oldest.uses = 0;
        ++count_of(oldest);
    } else {
        --oldest.uses;
    }
    main_.push_back(oldest);
    return {0, -was.small_bytes};
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
