// Has fresh copies of views made (proxy/view_making): one at a time of a key, detached from whoever caused it, and
// everyone who waited is woken by its outcome. Owned by its generation, which every run holds until it is over. Any io
// thread.
#pragma once

#include "aggregators/view_progress.h"
#include "cache/flight_table.h"
#include "cache/uncacheable_keys.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/owner.h"
#include "proxy/refresh_order.h"
#include "proxy/step_cache.h"
#include "proxy/tier_budget.h"
#include "proxy/view_making.h"
#include "proxy/view_question.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace nearside::proxy {

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
    using aboard = refresh_aboard;
    using flights = cache::flight_table<refresh_result, aboard>;

    struct boarding {
        flights::seat seat;
        cache::entry_ptr newest{};  // what memory has; may be null
        refresh_result landed{};    // instead of a seat: another's flight has landed since the request was looked up
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

    // `before`: view_making::task::before. `tier_time`: of the request that it is launched for; null: it has not
    // waited.
    void launch(refresh_order order, std::shared_ptr<flights::flight> of, call_priority priority,
                cache::entry_ptr before, tier_budget_ptr tier_time = nullptr);
    boost::asio::awaitable<void> run(owner_hold hold, std::shared_ptr<const view_target> target, std::string key,
                                     step_cache::run steps, std::shared_ptr<flights::flight> flight,
                                     cache::entry_ptr before);
    boost::asio::awaitable<void> publish_and_repair(std::shared_ptr<const view_target> target, std::string key,
                                                    step_cache::run steps, std::shared_ptr<flights::flight> flight,
                                                    cache::entry_ptr before);
    bool is_fresh_for(const view_question& question, const cache::entry& found) const;
    cache::invalidation fate_of(const cache::entry_ptr& stored, const view_target& target) const;

    const refresh_environment environment_;
    flights flights_;
    cache::uncacheable_keys uncacheable_;
    const refresh_result lost_;  // of a run that could not even say why it failed
    std::atomic<std::size_t> next_executor_{0};
    std::atomic<std::uint64_t> under_way_{0};
};

}  // namespace nearside::proxy
