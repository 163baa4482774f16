// What makes this process one of several nodes: the log of invalidations that they share, and that each
// thing is fetched by one of them.
// Owned by process, where `cache.redis` is configured; start() and stop() on the main thread.
#pragma once

#include "cache/cluster_flights.h"
#include "cache/tag_epochs.h"
#include "cache/tier_gate.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "proxy/tier_budget.h"

#include <boost/asio/awaitable.hpp>

#include <future>
#include <memory>
#include <string>

namespace nearside::cache {
class invalidation_log;
}

namespace nearside::proxy {

class invalidator;
class second_tier;

class cluster {
public:
    // All of them outlive it, but for the second tier's thread, which ends after stop().
    struct parts {
        second_tier* redis = nullptr;
        invalidator* invalidations = nullptr;
        const cache::tag_epochs* epochs = nullptr;
        cache::tier_gate* gate = nullptr;
        logger& log;
        const clock& time;
        metrics& registry;
    };

    explicit cluster(const parts& with);
    ~cluster();
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;

    // Before the second tier's thread begins.
    void start();
    // Once that thread runs: until what stands in Redis may be used, or for so long.
    void wait_in_step(milliseconds limit);
    // Before the second tier's is stopped. Waits a moment until no other node waits for this one.
    void stop();

    // One flight per key and cluster. `leads`: it ends when what is stored under the key has been written to Redis, or
    // with let_go(). `budget`: what may be waited until Redis tells who leads.
    // Any thread; resumes on the caller's executor, within `limit`.
    boost::asio::awaitable<cache::cluster_flights::verdict> join(std::string key, milliseconds limit,
                                                                 tier_budget_ptr budget) const;
    // Nothing came of it that is stored.
    void let_go(std::string key) const;
    // Before start(): called on the second tier's thread when another node has stored a newer version of a view.
    void tell_stored(cache::cluster_flights::stored_elsewhere told) { stored_elsewhere_ = std::move(told); }

    // Whether no node has said that name within `remembered`. Where Redis can't tell in time, it counts as the first.
    // Any thread.
    boost::asio::awaitable<bool> is_first(std::string name, milliseconds remembered) const;

    // Of this node: no other has it, nor has this one after a restart.
    const std::string& name() const noexcept { return name_; }

private:
    void start_flights();

    const parts parts_;
    const std::string name_;
    std::shared_ptr<cache::invalidation_log> log_;
    std::shared_ptr<cache::cluster_flights> flights_;
    cache::cluster_flights::stored_elsewhere stored_elsewhere_;
    std::promise<void> first_step_, leaves_;
    const std::future<void> left_{leaves_.get_future()};
    bool stepped_ = false;  // on the thread of the second tier
};

}  // namespace nearside::proxy
