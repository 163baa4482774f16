#include "cache/memory_store.h"

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace nearside::cache {

namespace {

// The small queue holds at most this part of a shard's bytes before it has to give way.
constexpr std::uint64_t small_queue_divisor = 10;
// Uses counted beyond this say nothing more about the future.
constexpr std::uint8_t most_uses = 3;

std::size_t hash_of(std::string_view key) noexcept {
    return std::hash<std::string_view>{}(key);
}

}  // namespace

// One shard: an index and two queues of nodes, and the hashes of keys that lately left the small queue unused.
class memory_store::shard {
public:
    entry_ptr peek(std::string_view key) const {
        const std::lock_guard lock(mutex_);
        const auto at = index_.find(key);
        return at == index_.end() ? nullptr : at->second->stored;
    }

    entry_ptr find(std::string_view key) {
        const std::lock_guard lock(mutex_);
        const auto at = index_.find(key);
        if (at == index_.end()) return nullptr;
        node& found = *at->second;
        if (found.uses < most_uses) ++found.uses;
        return found.stored;
    }

    // The bytes that the shard grew by (negative: shrank). `old` receives what was replaced, to be freed by the caller.
    std::int64_t put(entry_ptr stored, entry_ptr& old) {
        const std::lock_guard lock(mutex_);
        const std::string_view key = stored->key;
        const std::uint64_t size = stored->memory();
        if (const auto at = index_.find(key); at != index_.end()) return exchange(at, std::move(stored), size, old);

        auto fresh = std::make_unique<node>();
        fresh->stored = std::move(stored);
        fresh->bytes = size;
        // A key that was evicted a short while ago and is asked for again goes to the main queue at once.
        fresh->in_small = ghosts_.erase(hash_of(key)) == 0;
        (fresh->in_small ? small_ : main_).push_back(*fresh);
        (fresh->in_small ? small_bytes_ : main_bytes_) += size;
        index_.emplace(key, std::move(fresh));
        return static_cast<std::int64_t>(size);
    }

    std::int64_t erase(std::string_view key, entry_ptr& old) {
        const std::lock_guard lock(mutex_);
        const auto at = index_.find(key);
        if (at == index_.end()) return 0;
        node* const gone = at->second.get();
        (gone->in_small ? small_bytes_ : main_bytes_) -= gone->bytes;
        auto& in = gone->in_small ? small_ : main_;
        in.erase(in.iterator_to(*gone));
        old = gone->stored;
        const auto freed = static_cast<std::int64_t>(gone->bytes);
        index_.erase(at);
        return -freed;
    }

    // Evicts one entry; 0 when the shard is empty.
    std::uint64_t evict_one(entry_ptr& old) {
        const std::lock_guard lock(mutex_);
        while (!small_.empty() || !main_.empty()) {
            const bool from_small =
                !small_.empty() && (main_.empty() || small_bytes_ * small_queue_divisor >= small_bytes_ + main_bytes_);
            if (from_small) {
                node& oldest = small_.front();
                small_.pop_front();
                small_bytes_ -= oldest.bytes;
                if (oldest.uses > 0) {
                    oldest.uses = 0;
                    oldest.in_small = false;
                    main_.push_back(oldest);
                    main_bytes_ += oldest.bytes;
                    continue;
                }
                remember(hash_of(oldest.stored->key));
                return drop(oldest, old);
            }
            node& oldest = main_.front();
            main_.pop_front();
            if (oldest.uses > 0) {
                --oldest.uses;
                main_.push_back(oldest);
                continue;
            }
            main_bytes_ -= oldest.bytes;
            return drop(oldest, old);
        }
        return 0;
    }

    std::uint64_t entries() const {
        const std::lock_guard lock(mutex_);
        return index_.size();
    }

    std::vector<entry_ptr> all() const {
        const std::lock_guard lock(mutex_);
        std::vector<entry_ptr> copied;
        copied.reserve(index_.size());
        for (const auto& [key, held] : index_)
            copied.push_back(held->stored);
        return copied;
    }

private:
    struct node : boost::intrusive::list_base_hook<> {
        entry_ptr stored;
        std::uint64_t bytes = 0;
        std::uint8_t uses = 0;
        bool in_small = true;
    };
    using queue = boost::intrusive::list<node>;
    // Keyed by the entry's own key: an index slot costs no second copy of it.
    using index = std::unordered_map<std::string_view, std::unique_ptr<node>>;

    std::int64_t exchange(index::iterator at, entry_ptr stored, std::uint64_t size, entry_ptr& old) {
        auto held = index_.extract(at);
        node& kept = *held.mapped();
        const auto grown = static_cast<std::int64_t>(size) - static_cast<std::int64_t>(kept.bytes);
        (kept.in_small ? small_bytes_ : main_bytes_) += static_cast<std::uint64_t>(grown);
        kept.bytes = size;
        old = std::exchange(kept.stored, std::move(stored));
        held.key() = kept.stored->key;
        index_.insert(std::move(held));
        return grown;
    }

    std::uint64_t drop(node& gone, entry_ptr& old) {
        old = gone.stored;
        const std::uint64_t freed = gone.bytes;
        index_.erase(std::string_view(old->key));
        return freed;
    }

    void remember(std::size_t hash) {
        // As many ghosts as there are entries: the history that S3-FIFO's authors found enough.
        const std::size_t most = std::max<std::size_t>(16, index_.size());
        if (ghosts_.insert(hash).second) ghost_order_.push_back(hash);
        while (ghost_order_.size() > most) {
            ghosts_.erase(ghost_order_.front());
            ghost_order_.pop_front();
        }
    }

    mutable std::mutex mutex_;
    index index_;
    queue small_, main_;  // declared after the index: emptied before the nodes go
    std::uint64_t small_bytes_ = 0, main_bytes_ = 0;
    std::unordered_set<std::size_t> ghosts_;
    std::deque<std::size_t> ghost_order_;
};

memory_store::memory_store(limits bounds) : bounds_(bounds) {
    for (std::uint32_t at = 0; at < std::max(1u, bounds.shards); ++at)
        shards_.push_back(std::make_unique<shard>());
}

memory_store::~memory_store() = default;

memory_store::shard& memory_store::shard_of(std::string_view key) const noexcept {
    return *shards_[hash_of(key) % shards_.size()];
}

entry_ptr memory_store::peek(std::string_view key) const {
    return shard_of(key).peek(key);
}

entry_ptr memory_store::find(std::string_view key) {
    return shard_of(key).find(key);
}

bool memory_store::put(entry_ptr stored) {
    if (stored->memory() > bounds_.max_entry_bytes) {
        erase(stored->key);
        return false;
    }
    entry_ptr old;
    shard& home = shard_of(stored->key);
    bytes_ += home.put(std::move(stored), old);
    make_room();
    return true;
}

bool memory_store::erase(std::string_view key) {
    entry_ptr old;
    bytes_ += shard_of(key).erase(key, old);
    return old != nullptr;
}

void memory_store::make_room() {
    std::size_t empty_in_a_row = 0;
    while (bytes_ > static_cast<std::int64_t>(bounds_.bytes) && empty_in_a_row < shards_.size()) {
        entry_ptr old;
        const std::uint64_t freed = shards_[hand_++ % shards_.size()]->evict_one(old);
        empty_in_a_row = freed == 0 ? empty_in_a_row + 1 : 0;
        bytes_ -= static_cast<std::int64_t>(freed);
        if (freed > 0) ++evictions_;
    }
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
    for (const auto& part : shards_) {
        for (const entry_ptr& stored : part->all())
            each(stored);
    }
}

}  // namespace nearside::cache
