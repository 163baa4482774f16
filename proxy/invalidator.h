// Carries out what is to be invalidated: on this node, and where there is a log that nodes share, on all of them.
// Owned by process; outlives every request. Any thread, but where said.
#pragma once

#include "cache/invalidation_order.h"
#include "cache/invalidation_target.h"
#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "core/clock.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace nearside::cache {
class invalidation_log;
}

namespace nearside::proxy {

struct invalidation_outcome {
    std::size_t keys_stored = 0;  // of the order's keys, those under which something was stored here
    std::uint32_t nodes = 1;      // that could be reached, this one included
    std::uint32_t confirmed = 1;  // of them, those on which it holds
    std::string trouble{};        // why it may not hold everywhere; empty: it does
};

class invalidator final : public cache::invalidation_target {
public:
    // That an operator waits for other nodes, and that a write does.
    static constexpr milliseconds patience{1'000};

    invalidator(cache::memory_store& store, cache::tag_epochs& epochs) : store_(store), epochs_(epochs) {}

    // Before anything else is called; once more, with nothing, when no calls come any more. `erase`: a key, behind the
    // memory store.
    void use(std::shared_ptr<cache::invalidation_log> log, milliseconds patience_of_writes,
             std::function<void(const std::string& key)> erase);

    // Holds on this node when it resumes, and on the others unless it says why not. Within `patience`.
    boost::asio::awaitable<invalidation_outcome> apply(cache::invalidation_order order);
    // The same for a write that a client waits for.
    boost::asio::awaitable<void> apply_write(cache::invalidation_order order);

    // From the log; on its thread.
    void apply(const cache::invalidation_record& record) override;
    void strike_all(std::uint64_t sequence) override;
    void advance(std::uint64_t sequence) override;
    std::uint64_t present() const override;

private:
    boost::asio::awaitable<invalidation_outcome> carry_out(cache::invalidation_order order, milliseconds limit);
    std::size_t stored_keys(const cache::invalidation_order& order) const;
    void erase_keys(const cache::invalidation_order& order);

    cache::memory_store& store_;
    cache::tag_epochs& epochs_;
    std::shared_ptr<cache::invalidation_log> log_;  // null: this node is alone
    milliseconds patience_of_writes_{0};
    std::function<void(const std::string& key)> erase_;
};

}  // namespace nearside::proxy
