#include "cache/tag_epochs.h"

#include <algorithm>

namespace nearside::cache {

void tag_epochs::invalidate(std::span<const std::string> tags, invalidation how) {
    if (how == invalidation::none || tags.empty()) return;
    // One at a time: the moment becomes the present only when all of its tags are raised, so that no stamp is as late
    // as an invalidation it doesn't know of.
    const std::lock_guard lock(invalidating_);
    const std::uint64_t moment = now() + 1;
    for (const std::string& tag : tags)
        raise(tag, how, moment);
    moment_.store(moment, std::memory_order_release);
}

void tag_epochs::raise(const std::string& tag, invalidation how, std::uint64_t moment) {
    shard& home = shards_[hash{}(tag) % shards];
    const std::lock_guard lock(home.mutex);
    const auto [at, inserted] = home.tags.try_emplace(tag);
    std::uint64_t& raised = how == invalidation::hard ? at->second.hard : at->second.soft;
    raised = std::max(raised, moment);
    if (!inserted) {
        home.order.splice(home.order.end(), home.order, at->second.place);
        return;
    }
    at->second.place = home.order.insert(home.order.end(), at->first);
    if (home.order.size() <= most_in_a_shard_) return;
    const auto oldest = home.tags.find(home.order.front());
    home.floor.soft = std::max(home.floor.soft, oldest->second.soft);
    home.floor.hard = std::max(home.floor.hard, oldest->second.hard);
    home.order.pop_front();
    home.tags.erase(oldest);
}

tag_epochs::moments tag_epochs::of(std::string_view tag) const {
    const shard& home = shard_of(tag);
    const std::lock_guard lock(home.mutex);
    moments found = home.floor;
    if (const auto at = home.tags.find(tag); at != home.tags.end()) {
        found.soft = std::max(found.soft, at->second.soft);
        found.hard = std::max(found.hard, at->second.hard);
    }
    return found;
}

invalidation tag_epochs::fate_of(std::uint64_t stamp, std::string_view uri_tag,
                                 std::span<const std::string> tags) const {
    // Nothing at all was invalidated since: the usual case costs one load.
    if (stamp >= now()) return invalidation::none;
    invalidation fate = invalidation::none;
    const auto look_at = [&](std::string_view tag) {
        const moments when = of(tag);
        if (when.hard > stamp) fate = invalidation::hard;
        if (when.soft > stamp && fate == invalidation::none) fate = invalidation::soft;
    };
    if (!uri_tag.empty()) look_at(uri_tag);
    for (const std::string& tag : tags)
        look_at(tag);
    return fate;
}

std::uint64_t tag_epochs::last_of(std::string_view tag) const {
    const moments when = of(tag);
    return std::max(when.soft, when.hard);
}

std::size_t tag_epochs::size() const {
    std::size_t counted = 0;
    for (const shard& each : shards_) {
        const std::lock_guard lock(each.mutex);
        counted += each.tags.size();
    }
    return counted;
}

}  // namespace nearside::cache
