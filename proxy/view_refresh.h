// Makes fresh copies of views: one run of the plan a key at a time, detached from whoever caused it, published whole,
// and everyone who waited is woken by its outcome.
// Owned by its generation, which every run holds until it is over. Any io thread.
#pragma once

#include "aggregators/view_progress.h"
#include "cache/flight_table.h"
#include "cache/memory_store.h"
#include "cache/tag_epochs.h"
#include "cache/uncacheable_keys.h"
#include "cache/view_lifetime.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "core/log.h"
#include "proxy/owner.h"
#include "proxy/problem.h"
#include "proxy/shared_steps.h"
#include "proxy/step_cache.h"
#include "proxy/tier_budget.h"
#include "proxy/upstreams.h"
#include "proxy/urgency.h"
#include "proxy/view_meters.h"
#include "proxy/view_question.h"
#include "proxy/view_schemas.h"
#include "proxy/view_speculation.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nearside::proxy {

class cluster;
class second_tier;

// How a run ended. Shared by all who waited; immutable.
struct refresh_outcome {
    cache::entry_ptr made;  // null: it failed
    std::optional<aggregators::plan_failure> failure;
    bool stored = false;
    bool shareable = true;    // false: only for the one who caused it
    bool used_older = false;  // something in it was read before the run began
    bool found = false;       // nothing was run: it was in the second tier
    cache::refusal refused = cache::refusal::none;
};
using refresh_result = std::shared_ptr<const refresh_outcome>;

// The headers of one principal that each upstream is sent, by its name.
using forwarded_headers = std::map<std::string, header_fields, std::less<>>;

// What a refresh needs of who asks; kept by who refreshes again without a request.
struct refresh_order {
    std::shared_ptr<const view_target> target;
    std::string key;
    forwarded_headers forwarded;
    std::optional<milliseconds> oldest;  // step_cache::run::oldest
    bool insists = false;                // on a copy that is made for it: what another node makes won't do
};

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
    // What was stored under the key is gone, for the reason that a client is told; may be empty.
    std::function<void(const std::string& key, const problem& why)> withdrawn{};
};

// One who reads a view while it is made.
class part_taker {
public:
    // Of the run that `of` belongs to; parts come once a run. False: no more is wanted.
    virtual boost::asio::awaitable<bool> take(std::shared_ptr<const aggregators::view_progress> of,
                                              aggregators::view_progress::part told) = 0;

protected:
    ~part_taker() = default;
};

// Another way in which a copy may come, while a refresh is waited for.
class late_copy {
public:
    // `wake` is called once, on any thread, when it has ended.
    virtual void on_landed(std::function<void()> wake) = 0;
    // Asked after each wake. It has brought a copy that answers the request: the refresh isn't waited for any more, and
    // nothing is asked again.
    virtual bool will_do() = 0;

protected:
    ~late_copy() = default;
};

class view_refresh {
public:
    explicit view_refresh(refresh_environment environment);

    // A refresh that nobody waits for, unless one is under way or the last one failed just now.
    void behind(const view_question& question, const request_head& request, const cache::entry_ptr& stored);

    struct waited {
        refresh_result outcome;  // null: `limit` or `late` came first; the run goes on
        bool collapsed = false;  // it was another's run
        std::shared_ptr<const aggregators::view_progress> progress{};  // of that run
    };
    // A copy no older than this call where the request insists on that (cache::is_late_enough). The run goes on when
    // the caller is gone. `parts`, where given, is told what others could be served of it meanwhile, at its own pace.
    // What is pointed to lives until the caller resumes.
    boost::asio::awaitable<waited> wait(const view_question& question, const request_head& request, milliseconds limit,
                                        part_taker* parts = nullptr, late_copy* late = nullptr);

    refresh_order order_of(const view_question& question, const request_head& request) const;
    // A refresh that nobody waits for, of a copy that is fresh. `done` is called once, on any io thread, when that or
    // the one under way has landed, or where none may be tried now.
    void ahead(const refresh_order& order, std::function<void()> done);

    // Requests for it have turned out to have nothing in common: nothing of it is found anywhere.
    bool shares_nothing(const std::string& key) const {
        return uncacheable_.contains(key, environment_.time->steady_now());
    }

    std::uint64_t under_way() const noexcept { return under_way_; }
    const boost::asio::any_io_executor& workers() const noexcept { return environment_.workers; }

private:
    struct aboard {
        aggregators::view_progress progress;
        urgency waited_for;
        std::atomic<std::uint64_t> stamp{0};  // of cache::tag_epochs when it began
        std::atomic<bool> reads_anew{false};  // nothing stored is used unvalidated
        std::atomic<bool> insists{false};     // refresh_order::insists
    };
    using flights = cache::flight_table<refresh_result, aboard>;

    struct boarding {
        flights::seat seat;
        refresh_result landed{};  // instead of a seat: another's flight has landed since the request was looked up
    };
    boarding board(const view_question& question, steady_time asked_at);
    // `oldest`: refresh_order::oldest, as far as it is known.
    template <class Settled>
    flights::seat join(const std::string& key, std::optional<milliseconds> oldest, Settled settled);
    void begin_aboard(aboard& of, std::optional<milliseconds> oldest) const;
    // Until the flight lands, or `until`. `leads`: what is not for others is for this one.
    // False: it wants no more.
    static boost::asio::awaitable<bool> follow(std::shared_ptr<flights::flight> of, bool leads, part_taker& parts,
                                               steady_time until);

    // `tier_time`: of the request that it is launched for; null: it has not waited.
    void launch(refresh_order order, std::shared_ptr<flights::flight> of, call_priority priority,
                tier_budget_ptr tier_time = nullptr);
    boost::asio::awaitable<void> run(owner_hold hold, std::shared_ptr<const view_target> target, std::string key,
                                     step_cache::run steps, std::shared_ptr<flights::flight> flight);
    boost::asio::awaitable<void> publish_and_repair(std::shared_ptr<const view_target> target, std::string key,
                                                    step_cache::run steps, std::shared_ptr<flights::flight> flight);
    // What one refresh has, from its first call to the end of its repair.
    struct refreshing {
        owner_hold hold;  // first, so that it is let go last
        std::shared_ptr<const view_target> target;
        std::string key;
        wall_time asked{};
        cache::entry_ptr previous;
        std::uint64_t began_stamp = 0;  // of cache::tag_epochs
        std::shared_ptr<step_cache> steps;
        bool struck = false;       // by an invalidation from before it began: parts that it found stored are older
        bool made_again = false;   // for that reason, of what is read now
        bool leads_nodes = false;  // the other nodes wait for it
        std::shared_ptr<aboard> shared;  // of its flight
        std::optional<view_speculation::refresh> speculating;
        tier_budget_ptr tier_time;  // where there is a second tier

        const std::shared_ptr<const view>& of() const noexcept { return target->of; }
    };

    bool is_fresh_for(const view_question& question, const cache::entry& found) const;
    boost::asio::awaitable<refresh_result> find_in_second(std::shared_ptr<const refreshing> of);
    // Null: nothing that will do is there.
    boost::asio::awaitable<refresh_result> look_in_second(std::shared_ptr<const refreshing> of, cache::entry_ptr seen,
                                                          steady_time not_before);
    refresh_result fresh_found(const refreshing& of, const cache::entry_ptr& found,
                               const cache::entry_ptr& older) const;
    // Where another node is just making it: what comes of that, if it will do. Null: it is to be made here.
    boost::asio::awaitable<refresh_result> join_nodes(std::shared_ptr<refreshing> of, cache::entry_ptr before);
    boost::asio::awaitable<void> recall(std::shared_ptr<const refreshing> of) const;
    void put(const cache::entry_ptr& stored) const;
    void erase(const std::string& key) const;
    void begin(refreshing& of, step_cache::run steps) const;
    boost::asio::awaitable<refresh_result> make_unstruck(std::shared_ptr<refreshing> of, step_cache::run steps);
    cache::invalidation fate_of(const cache::entry_ptr& stored, const view_target& target) const;
    static cache::configured_lifetime windows_of(const refreshing& of);
    boost::asio::awaitable<refresh_result> make(std::shared_ptr<refreshing> of);
    boost::asio::awaitable<void> repair(std::shared_ptr<refreshing> of, cache::entry_ptr published);
    boost::asio::awaitable<std::shared_ptr<cache::entry>> finish(std::shared_ptr<const refreshing> of,
                                                                 std::shared_ptr<const aggregators::composed_view> made,
                                                                 cache::view_lifetime lifetime,
                                                                 cache::entry_ptr previous) const;
    void withdraw(const std::string& key, const problem& why) const;
    refresh_result failed(const view& of, const std::string& key, aggregators::plan_failure failure);

    const refresh_environment environment_;
    flights flights_;
    cache::uncacheable_keys uncacheable_;
    const refresh_result lost_;  // of a run that could not even say why it failed
    std::atomic<std::size_t> next_executor_{0};
    std::atomic<std::uint64_t> under_way_{0};
};

}  // namespace nearside::proxy
