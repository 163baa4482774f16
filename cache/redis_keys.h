// The names of everything that is kept in Redis. What belongs to one entry is spread over a cluster by the entry's
// digest, each entry's in one slot; what all nodes share stands in the one slot of the prefix. Digests, since keys hold
// what users asked for. Immutable; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace nearside::cache {

class redis_keys {
public:
    // `prefix` without braces (config/redis_settings.h). `database`: channels, unlike keys, are of all databases of a
    // server.
    explicit redis_keys(std::string prefix, std::uint32_t database = 0)
        : prefix_(std::move(prefix)), database_(database) {}

    // Of an entry, by its key.
    std::string manifest(std::string_view key) const { return of_entry("e", key); }
    std::string chunk(std::string_view key, std::uint64_t generation, std::uint32_t number) const;
    std::string recipe(std::string_view key) const { return of_entry("r", key); }
    std::string lease(std::string_view key) const { return of_entry("l", key); }
    // What views' answers look like, by the view's name.
    std::string schema(std::string_view view) const;

    // Shared by all nodes: when what was invalidated, the log of invalidations, who reads it, and channels by name.
    std::string epochs() const { return shared("epochs"); }
    std::string invalidations() const { return shared("invalidations"); }
    std::string nodes() const { return shared("nodes"); }
    std::string channel(std::string_view name) const;
    // Anything else in that slot.
    std::string shared(std::string_view name) const;

private:
    std::string of_entry(std::string_view kind, std::string_view key) const;

    const std::string prefix_;
    const std::uint32_t database_;
};

}  // namespace nearside::cache
