// Finds stored answers in Redis. Stateless: what reads owns what it needs, since it may outlive who has asked.
#pragma once

#include "cache/entry.h"
#include "cache/entry_codec.h"
#include "cache/redis_store_parts.h"
#include "cache/tier_miss.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace nearside::cache {

struct found_entry {
    entry_ptr entry;
    packed_content packed;  // of its chunks, where it has some
};

// No longer than `time` says, whatever Redis and the workers do. What is small is decoded on the caller's thread.
boost::asio::awaitable<tier_result<found_entry>> read_entry(std::shared_ptr<const redis_store_parts> parts,
                                                            std::string key, redis_find_time time,
                                                            wall_time newer_than);

// A text as it was sealed.
boost::asio::awaitable<tier_result<buffer>> read_text(std::shared_ptr<const redis_store_parts> parts, std::string name,
                                                      milliseconds time);

}  // namespace nearside::cache
