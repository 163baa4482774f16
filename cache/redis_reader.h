// Finds stored answers in Redis. Stateless: what reads owns what it needs, since it may outlive who has asked.
#pragma once

#include "cache/entry.h"
#include "cache/redis_store_parts.h"
#include "cache/tier_miss.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace nearside::cache {

// No longer than `time`, whatever Redis and the workers do. What is small is decoded on the caller's thread.
boost::asio::awaitable<tier_result<entry_ptr>> read_entry(std::shared_ptr<const redis_store_parts> parts,
                                                          std::string key, milliseconds time);

// A text as it was sealed.
boost::asio::awaitable<tier_result<buffer>> read_text(std::shared_ptr<const redis_store_parts> parts, std::string name,
                                                      milliseconds time);

}  // namespace nearside::cache
