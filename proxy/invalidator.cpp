#include "proxy/invalidator.h"

namespace nearside::proxy {

boost::asio::awaitable<invalidation_outcome> invalidator::apply(cache::invalidation_order order) {
    invalidation_outcome outcome;
    outcome.keys_stored = apply_here(order);
    co_return outcome;
}

std::size_t invalidator::apply_here(const cache::invalidation_order& order) {
    epochs_.invalidate(order);
    std::size_t stored = 0;
    for (const std::string& key : order.keys) {
        // What is gone needn't be kept until somebody looks for it; the epoch strikes what is just being fetched.
        const bool found = order.how == cache::invalidation::hard ? store_.erase(key) : store_.peek(key) != nullptr;
        if (found) ++stored;
    }
    return stored;
}

}  // namespace nearside::proxy
