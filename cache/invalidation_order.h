// What is to be invalidated, and how: said by an operator, a write, or another node. A value; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nearside::cache {

// The later ones outrank the earlier.
enum class invalidation : std::uint8_t {
    none,
    soft,     // stale from now on: served while a refresh goes on, as what has grown stale by itself
    changed,  // a write has changed what it shows: validated before it is served again (RFC 9111 4.4)
    hard,     // gone: never served again
};

struct invalidation_order {
    std::vector<std::string> tags;
    std::vector<std::string> keys;   // of entries
    std::vector<std::string> views;  // by name
    std::vector<std::string> paths;  // cache/path_pattern.h
    invalidation how = invalidation::soft;

    bool empty() const noexcept { return tags.empty() && keys.empty() && views.empty() && paths.empty(); }
    friend bool operator==(const invalidation_order&, const invalidation_order&) = default;
};

}  // namespace nearside::cache
