#include "proxy/recent_uses.h"

#include <algorithm>

namespace nearside::proxy {

bool recent_uses::note(std::string_view key, steady_time now) {
    shard& of = shard_of(key);
    const std::lock_guard lock(of.mutex);
    const auto known = of.uses.find(key);
    if (known == of.uses.end()) return false;
    known->second = std::max(known->second, now);
    return true;
}

void recent_uses::watch(std::string_view key, steady_time now) {
    shard& of = shard_of(key);
    const std::lock_guard lock(of.mutex);
    steady_time& last = of.uses.try_emplace(std::string(key), now).first->second;
    last = std::max(last, now);
}

void recent_uses::forget(std::string_view key) {
    shard& of = shard_of(key);
    const std::lock_guard lock(of.mutex);
    const auto known = of.uses.find(key);
    if (known != of.uses.end()) of.uses.erase(known);
}

std::optional<steady_time> recent_uses::last(std::string_view key) {
    shard& of = shard_of(key);
    const std::lock_guard lock(of.mutex);
    const auto known = of.uses.find(key);
    if (known == of.uses.end()) return std::nullopt;
    return known->second;
}

}  // namespace nearside::proxy
