#include "cache/tag_epochs.h"

#include "cache/moment.h"
#include "cache/path_pattern.h"
#include "cache/vary.h"
#include "core/http_message.h"

#include <algorithm>
#include <utility>

namespace nearside::cache {

namespace {

// Keys, views and paths share the table with tags. A tag that begins like them, which only a document can bring, is a
// kind of its own.
constexpr char of_a_kind = '\x01';
std::string tag_of(std::string_view kind, std::string_view name) {
    std::string tag(1, of_a_kind);
    return tag.append(kind).append(name);
}
constexpr std::string_view key_kind = "key:";
constexpr std::string_view view_kind = "view:";
constexpr std::string_view path_kind = "path:";
constexpr std::string_view tag_kind = "tag:";

}  // namespace

void tag_epochs::moments::raise(invalidation how, std::uint64_t moment) noexcept {
    std::uint64_t& raised = how == invalidation::hard ? hard : how == invalidation::changed ? changed : soft;
    raised = std::max(raised, moment);
}

void tag_epochs::moments::raise(const moments& others) noexcept {
    soft = std::max(soft, others.soft);
    changed = std::max(changed, others.changed);
    hard = std::max(hard, others.hard);
}

invalidation tag_epochs::moments::since(std::uint64_t stamp) const noexcept {
    if (hard > stamp) return invalidation::hard;
    if (changed > stamp) return invalidation::changed;
    return soft > stamp ? invalidation::soft : invalidation::none;
}

std::uint64_t tag_epochs::moments::last() const noexcept {
    return std::max({soft, changed, hard});
}

void tag_epochs::invalidate(const invalidation_order& order) {
    if (order.how == invalidation::none || order.empty()) return;
    const std::lock_guard lock(invalidating_);
    raise_all(order, now() + 1);
}

void tag_epochs::apply(const invalidation_order& order, std::uint64_t sequence) {
    const std::lock_guard lock(invalidating_);
    raise_all(order, std::max(moment_of(sequence), now() + 1));
}

void tag_epochs::strike_all(std::uint64_t sequence) {
    const std::lock_guard lock(invalidating_);
    const std::uint64_t moment = std::max(moment_of(sequence), now() + 1);
    for (shard& each : shards_) {
        const std::lock_guard of_shard(each.mutex);
        each.floor.raise(invalidation::hard, moment);
    }
    moment_.store(moment, std::memory_order_release);
}

void tag_epochs::advance(std::uint64_t sequence) {
    const std::lock_guard lock(invalidating_);
    moment_.store(std::max(moment_of(sequence), now()), std::memory_order_release);
}

// One at a time: the moment becomes the present only when all is raised, so that no stamp is as late as an invalidation
// it doesn't know of.
void tag_epochs::raise_all(const invalidation_order& order, std::uint64_t moment) {
    for (const std::string& tag : order.tags)
        raise(tag.starts_with(of_a_kind) ? tag_of(tag_kind, tag) : tag, order.how, moment);
    for (const std::string& key : order.keys)
        raise(tag_of(key_kind, key), order.how, moment);
    for (const std::string& view : order.views)
        raise(tag_of(view_kind, view), order.how, moment);
    for (const std::string& path : order.paths) {
        const std::string compared = comparable_path(path);
        if (is_exact_path(compared))
            raise(tag_of(path_kind, compared), order.how, moment);
        else
            raise_pattern(compared, order.how, moment);
    }
    moment_.store(moment, std::memory_order_release);
}

void tag_epochs::invalidate(std::span<const std::string> tags, invalidation how) {
    invalidate({.tags = {tags.begin(), tags.end()}, .keys = {}, .views = {}, .paths = {}, .how = how});
}

void tag_epochs::raise(const std::string& tag, invalidation how, std::uint64_t moment) {
    shard& home = shards_[hash{}(tag) % shards];
    const std::lock_guard lock(home.mutex);
    const auto [at, inserted] = home.tags.try_emplace(tag);
    at->second.raise(how, moment);
    if (!inserted) {
        home.order.splice(home.order.end(), home.order, at->second.place);
        return;
    }
    at->second.place = home.order.insert(home.order.end(), at->first);
    if (home.order.size() <= most_in_a_shard_) return;
    const auto oldest = home.tags.find(home.order.front());
    home.floor.raise(oldest->second);
    home.order.pop_front();
    home.tags.erase(oldest);
}

void tag_epochs::raise_pattern(const std::string& text, invalidation how, std::uint64_t moment) {
    const std::unique_lock lock(patterns_mutex_);
    const auto found =
        std::find_if(patterns_.begin(), patterns_.end(), [&](const pattern& each) { return each.text == text; });
    if (found != patterns_.end()) {
        found->raise(how, moment);
        std::rotate(found, found + 1, patterns_.end());
        return;
    }
    if (patterns_.size() >= most_patterns) {
        forgotten_patterns_.raise(patterns_.front());
        patterns_.erase(patterns_.begin());
    }
    pattern made;
    made.text = text;
    made.raise(how, moment);
    patterns_.push_back(std::move(made));
}

tag_epochs::moments tag_epochs::of(std::string_view tag) const {
    const shard& home = shard_of(tag);
    const std::lock_guard lock(home.mutex);
    moments found = home.floor;
    if (const auto at = home.tags.find(tag); at != home.tags.end()) found.raise(at->second);
    return found;
}

tag_epochs::moments tag_epochs::of_path(std::string_view path) const {
    const std::shared_lock lock(patterns_mutex_);
    moments found = forgotten_patterns_;
    for (const pattern& each : patterns_) {
        if (path_matches(each.text, path)) found.raise(each);
    }
    return found;
}

invalidation tag_epochs::fate_of(const entry& of_entry, const entry_names& names) const {
    const std::uint64_t stamp = std::max(of_entry.stamp, of_entry.good_until.load(std::memory_order_relaxed));
    const std::uint64_t present = now();
    if (stamp >= present) return invalidation::none;
    moments found = of(tag_of(key_kind, of_entry.key));
    // Whoever names what stands for several answers means all of them.
    if (const std::string_view primary = primary_key(of_entry.key); primary.size() < of_entry.key.size())
        found.raise(of(tag_of(key_kind, primary)));
    if (!names.uri_tag.empty()) found.raise(of(names.uri_tag));
    if (!names.view.empty()) found.raise(of(tag_of(view_kind, names.view)));
    if (!names.path.empty()) {
        const std::string path = comparable_path(target_path(names.path));
        found.raise(of(tag_of(path_kind, path)));
        found.raise(of_path(path));
    }
    if (of_entry.extras) {
        for (const std::string& tag : of_entry.extras->tags)
            found.raise(tag.starts_with(of_a_kind) ? of(tag_of(tag_kind, tag)) : of(tag));
    }
    const invalidation fate = found.since(stamp);
    if (fate == invalidation::none) of_entry.good_until.store(present, std::memory_order_relaxed);
    return fate;
}

std::uint64_t tag_epochs::last_of(std::string_view tag) const {
    return of(tag).last();
}

std::size_t tag_epochs::size() const {
    std::size_t counted = 0;
    for (const shard& each : shards_) {
        const std::lock_guard lock(each.mutex);
        counted += each.tags.size();
    }
    return counted;
}

std::size_t tag_epochs::patterns() const {
    const std::shared_lock lock(patterns_mutex_);
    return patterns_.size();
}

}  // namespace nearside::cache
