// When which of the watched views was used last: noted at every hit of a hot view, hence under no lock but a short one
// of a shard, and held against the schedule only when a view is due (proxy/refresh_schedule).
// Owned by refresh_ahead. Any thread.
#pragma once

#include "core/clock.h"

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nearside::proxy {

class recent_uses {
public:
    static constexpr std::size_t shards = 16;

    // False, and nothing is noted: it isn't watched.
    bool note(std::string_view key, steady_time now);
    // It is watched from now on. A later time that was noted stays.
    void watch(std::string_view key, steady_time now);
    void forget(std::string_view key);
    // nullopt: it isn't watched.
    std::optional<steady_time> last(std::string_view key);

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>{}(key); }
    };
    // Each on cache lines of its own, so that the shards' locks don't slow each other down.
    struct alignas(64) shard {
        std::mutex mutex;
        std::unordered_map<std::string, steady_time, hash, std::equal_to<>> uses;
    };
    shard& shard_of(std::string_view key) noexcept { return shards_[hash{}(key) % shards]; }

    std::array<shard, shards> shards_;
};

}  // namespace nearside::proxy
