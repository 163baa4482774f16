// What writing to and reading from Redis have in common. Built by redis_store; shared with what runs for it.
#pragma once

#include "cache/redis_commands.h"
#include "cache/redis_keys.h"
#include "cache/redis_meters.h"
#include "cache/redis_write_queue.h"
#include "cache/tier_gate.h"
#include "core/clock.h"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace nearside::cache {

struct redis_store_limits {
    redis_write_limits waiting;
    std::uint64_t entry_bytes = std::uint64_t{128} * 1024 * 1024;  // of a content
    std::size_t writers = 4;                                       // entries written at once
    std::size_t chunks_at_once = 8;                                // of a content that is read
    milliseconds write_timeout{500};                               // of each command
    milliseconds erase_pause{500};                                 // until an erasure that failed is tried again
};

// How long a look-up may take.
struct redis_find_time {
    milliseconds whole{0};        // until it is known what there is, small content included
    milliseconds for_content{0};  // large content included; no less than `whole`
};

struct redis_store_parts {
    std::shared_ptr<redis_commands> redis;
    redis_keys keys;
    boost::asio::any_io_executor workers;  // threads for heavy work
    const clock& time;
    std::function<std::uint64_t()> random;  // any thread
    redis_store_limits limits;
    redis_meters meters;
    const tier_gate* gate = nullptr;  // null: always open
    // What became of an entry that was to be written; any thread. May be empty.
    std::function<void(const entry& of, redis_wrote what)> written{};

    bool may_read() const noexcept { return gate == nullptr || gate->is_open(); }
    bool may_write(std::uint64_t stamp) const noexcept { return gate == nullptr || gate->may_travel(stamp); }
};

}  // namespace nearside::cache
