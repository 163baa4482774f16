#include "cache/redis_write_queue.h"

#include <algorithm>
#include <utility>

namespace nearside::cache {

namespace {

// An entry and its erasure are of one name.
std::string name_of(redis_write::kind what, std::string_view key) {
    const char first = what == redis_write::kind::recipe ? 'r' : what == redis_write::kind::schema ? 's' : 'e';
    return std::string(1, first).append(key);
}

}  // namespace

std::uint64_t redis_write::bytes() const noexcept {
    return key.size() + text.size() + (of ? of->content.size() : 0);
}

redis_write_queue::pushed redis_write_queue::push(redis_write one) {
    const std::string name = name_of(one.what, one.key);
    const bool erases = one.what == redis_write::kind::erase;
    if (const auto at = slots_.find(name); at != slots_.end() && at->second.waiting) {
        redis_write& older = *at->second.waiting;
        const std::uint64_t without = bytes_ - older.bytes();
        if (!erases && without + one.bytes() > limits_.bytes) {
            // The older one is outdated all the same; but an erasure holds.
            if (older.what == redis_write::kind::entry && !older.erase_first) {
                remove(at->second);
                if (!at->second.busy) slots_.erase(at);
            }
            return pushed::dropped;
        }
        bytes_ = without + one.bytes();
        one.erase_first = !erases && (older.erase_first || older.what == redis_write::kind::erase);
        older = std::move(one);
        return pushed::replaced;
    }
    while (order_.size() >= limits_.writes || bytes_ + one.bytes() > limits_.bytes) {
        if (!erases || !drop_an_entry()) return pushed::dropped;
    }
    const auto at = slots_.try_emplace(name).first;
    bytes_ += one.bytes();
    at->second.place = order_.insert(order_.end(), at->first);
    at->second.waiting = std::move(one);
    return pushed::added;
}

void redis_write_queue::push_back(redis_write one) {
    const auto at = slots_.find(name_of(one.what, one.key));
    if (at == slots_.end() || !at->second.waiting) push(std::move(one));
}

std::optional<redis_write> redis_write_queue::take() {
    const auto free = std::find_if(order_.begin(), order_.end(),
                                   [this](std::string_view name) { return !slots_.find(name)->second.busy; });
    if (free == order_.end()) return std::nullopt;
    slot& its = slots_.find(*free)->second;
    redis_write taken = remove(its);
    its.busy = true;
    its.erasing = taken.what == redis_write::kind::erase;
    its.writing = taken.of;
    return taken;
}

void redis_write_queue::done(const redis_write& taken) {
    const auto at = slots_.find(name_of(taken.what, taken.key));
    at->second.busy = at->second.erasing = false;
    at->second.writing = nullptr;
    if (!at->second.waiting) slots_.erase(at);
}

redis_write_queue::pending redis_write_queue::of_entry(std::string_view key) const {
    const slot* its = find(key);
    if (its == nullptr) return {};
    if (its->waiting) return {.erased = its->waiting->what == redis_write::kind::erase, .newest = its->waiting->of};
    return {.erased = its->erasing, .newest = its->writing};
}

bool redis_write_queue::is_erased(std::string_view key) const {
    const slot* its = find(key);
    return its != nullptr && its->waiting && its->waiting->what == redis_write::kind::erase;
}

const redis_write_queue::slot* redis_write_queue::find(std::string_view key) const {
    const auto at = slots_.find(name_of(redis_write::kind::entry, key));
    return at == slots_.end() ? nullptr : &at->second;
}

bool redis_write_queue::drop_an_entry() {
    const auto oldest = std::find_if(order_.begin(), order_.end(), [this](std::string_view name) {
        return slots_.find(name)->second.waiting->what != redis_write::kind::erase;
    });
    if (oldest == order_.end()) return false;
    const auto at = slots_.find(*oldest);
    remove(at->second);
    if (!at->second.busy) slots_.erase(at);
    return true;
}

redis_write redis_write_queue::remove(slot& from) {
    redis_write removed = *std::move(from.waiting);
    from.waiting.reset();
    bytes_ -= removed.bytes();
    order_.erase(from.place);
    return removed;
}

}  // namespace nearside::cache
