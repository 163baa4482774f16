#include "cache/uncacheable_keys.h"

namespace nearside::cache {

void uncacheable_keys::remember(const std::string& key, steady_time now) {
    const std::lock_guard lock(mutex_);
    const steady_time until = now + remember_for_;
    until_.insert_or_assign(key, until);
    order_.emplace_back(until, key);
    while (!order_.empty() && (order_.size() > most_ || order_.front().first <= now)) {
        const auto& [expected, oldest] = order_.front();
        // Remembered again since: a later place in the order stands for it.
        if (const auto at = until_.find(oldest); at != until_.end() && at->second == expected) until_.erase(at);
        order_.pop_front();
    }
}

bool uncacheable_keys::contains(const std::string& key, steady_time now) const {
    const std::lock_guard lock(mutex_);
    const auto at = until_.find(key);
    return at != until_.end() && now < at->second;
}

}  // namespace nearside::cache
