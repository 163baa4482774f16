// Carries out what is to be invalidated: on this node, and on all others that can be reached.
// Built and owned by main; outlives every request. Any io thread.
#pragma once

#include "cache/invalidation_order.h"
#include "cache/memory_store.h"
#include "cache/tag_epochs.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace nearside::proxy {

struct invalidation_outcome {
    std::size_t keys_stored = 0;  // of the order's keys, those under which something was stored here
    std::uint32_t nodes = 1;      // that could be reached, this one included
    std::uint32_t confirmed = 1;  // of them, those on which it holds
    std::string trouble{};        // why it may not hold everywhere; empty: it does
};

class invalidator {
public:
    invalidator(cache::memory_store& store, cache::tag_epochs& epochs) : store_(store), epochs_(epochs) {}

    // Holds on this node when it returns, and everywhere when it resumes without `trouble`.
    boost::asio::awaitable<invalidation_outcome> apply(cache::invalidation_order order);

private:
    std::size_t apply_here(const cache::invalidation_order& order);

    cache::memory_store& store_;
    cache::tag_epochs& epochs_;
};

}  // namespace nearside::proxy
