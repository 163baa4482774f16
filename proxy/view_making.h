// One refresh of a view, from its first call to the end of its repair: takes what another node or the second tier has,
// or runs the plan; publishes what comes of it; and repairs that where something in it may be older than what it
// depends on. Made and awaited by proxy/view_refresh, which says when and for whom. One io thread's, once it runs.
#pragma once

#include "aggregators/view_progress.h"
#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "cache/view_lifetime.h"
#include "core/clock.h"
#include "core/log.h"
#include "proxy/owner.h"
#include "proxy/problem.h"
#include "proxy/refresh_order.h"
#include "proxy/shared_steps.h"
#include "proxy/step_cache.h"
#include "proxy/tier_budget.h"
#include "proxy/upstreams.h"
#include "proxy/urgency.h"
#include "proxy/view_meters.h"
#include "proxy/view_schemas.h"
#include "proxy/view_speculation.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::proxy {

class cluster;
class second_tier;

struct refresh_environment {
    owner held_by{};
    cache::memory_store* store = nullptr;
    second_tier* second = nullptr;   // may be null
    const cluster* nodes = nullptr;  // the same
    const cache::tag_epochs* epochs = nullptr;
    shared_steps* steps = nullptr;
    view_speculation* speculating = nullptr;
    view_schemas* schemas = nullptr;
    std::shared_ptr<const upstreams> pools;
    std::vector<boost::asio::any_io_executor> executors;  // runs are spread over them; at least one, each one thread's
    boost::asio::any_io_executor workers;
    const clock* time = nullptr;
    logger* log = nullptr;
    std::string name;                 // server.name
    milliseconds retry_after{1'000};  // after a failed refresh
    const view_meters* meters = nullptr;
    // A copy was published that is fresh for so long, and served at once for so long after that. Any io thread; may be
    // empty.
    std::function<void(const std::string& key, milliseconds fresh, milliseconds stale)> published{};
    // A version was stored in the place of `before`, which may be null; may be empty.
    std::function<void(const cache::entry_ptr& made, const cache::entry_ptr& before)> announced{};
    // It couldn't be made, for now; what a client is told that may be shown nothing older. `is_upstream_trouble`: as
    // view_failure has it. May be empty.
    std::function<void(const std::string& key, const problem& why, bool is_upstream_trouble)> failed{};
    // What was stored under the key is gone, for the reason that a client is told; may be empty.
    std::function<void(const std::string& key, const problem& why)> withdrawn{};
};

// What those who wait for a refresh see of it before there is an outcome. Any thread.
struct refresh_aboard {
    aggregators::view_progress progress;
    urgency waited_for;
    std::atomic<std::uint64_t> stamp{0};  // of cache::tag_epochs when it began
    std::atomic<bool> reads_anew{false};  // nothing stored is used unvalidated
    std::atomic<bool> insists{false};     // refresh_order::insists
};

class view_making : public std::enable_shared_from_this<view_making> {
public:
    struct task {
        owner_hold hold;
        std::shared_ptr<const view_target> target;
        std::string key;
        std::shared_ptr<refresh_aboard> aboard;
        // What memory had when it was decided that this won't do; may be null. What is there later is another's.
        cache::entry_ptr before;
        tier_budget_ptr tier_time;    // where there is a second tier
        bool shares_nothing = false;  // requests for it have turned out to have nothing in common
    };
    // `with` is its owner's, which the hold keeps.
    view_making(const refresh_environment& with, task of) : with_(with), task_(std::move(of)) {}

    // What comes of it, stored and told to all who are to hear of it; never null.
    boost::asio::awaitable<refresh_result> publish(step_cache::run steps);
    // Whoever waited has been told: a repair may take long, and what was told is told.
    void let_go_of_waiters() noexcept { task_.aboard.reset(); }
    bool has_to_be_proven(const refresh_outcome& published) const;
    // The same plan again behind what was published, where only what is proven counts; what was published stays unless
    // this comes to something else.
    boost::asio::awaitable<void> repair(cache::entry_ptr published);

private:
    boost::asio::awaitable<refresh_result> bring_or_make(step_cache::run steps);
    // These are null where nothing is found that will do.
    boost::asio::awaitable<refresh_result> find_in_second();
    boost::asio::awaitable<refresh_result> look_in_second(cache::entry_ptr seen, steady_time not_before);
    boost::asio::awaitable<refresh_result> join_nodes(cache::entry_ptr before);
    refresh_result fresh_found(const cache::entry_ptr& found, const cache::entry_ptr& older) const;

    boost::asio::awaitable<void> recall();
    boost::asio::awaitable<refresh_result> make_unstruck(step_cache::run steps);
    void begin(step_cache::run steps);
    boost::asio::awaitable<refresh_result> make();
    aggregators::run_context context_of_run();
    cache::view_lifetime lifetime_of(const aggregators::composed_view& made) const;
    boost::asio::awaitable<std::shared_ptr<cache::entry>> finish(std::shared_ptr<const aggregators::composed_view> made,
                                                                 cache::view_lifetime lifetime,
                                                                 cache::entry_ptr previous);
    refresh_result failed(aggregators::plan_failure failure);

    cache::invalidation fate_of(const cache::entry_ptr& stored) const;
    void put(const cache::entry_ptr& stored) const;
    void withdraw(const problem& why) const;

    const view& of() const noexcept { return *task_.target->of; }
    const std::string& key() const noexcept { return task_.key; }

    const refresh_environment& with_;
    task task_;  // its hold is let go of last
    wall_time asked_{};
    cache::entry_ptr previous_;
    std::uint64_t began_stamp_ = 0;  // of cache::tag_epochs
    std::shared_ptr<step_cache> steps_;
    bool struck_ = false;       // by an invalidation from before it began: parts that it found stored are older
    bool made_again_ = false;   // for that reason, of what is read now
    bool leads_nodes_ = false;  // the other nodes wait for it
    std::optional<view_speculation::refresh> speculating_;
};

}  // namespace nearside::proxy
