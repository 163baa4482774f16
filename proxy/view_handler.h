// Answers requests for views: from memory at once where that may be done, otherwise after the refresh that they wait
// for; from the older copy where the upstream is in trouble.
// Owned by its generation, which each exchange holds. Any io thread.
#pragma once

#include "cache/memory_store.h"
#include "cache/reuse.h"
#include "core/clock.h"
#include "proxy/coded_copies.h"
#include "proxy/exchange.h"
#include "proxy/refresh_ahead.h"
#include "proxy/view_answer.h"
#include "proxy/view_meters.h"
#include "proxy/view_question.h"
#include "proxy/view_refresh.h"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace nearside::proxy {

class second_tier;

class view_handler {
public:
    // `second` may be null. `name`: server.name. `wait_limit`: limits.view_time.
    view_handler(cache::memory_store& store, second_tier* second, const cache::tag_epochs& epochs, coded_copies& copies,
                 view_refresh& refresh, const view_meters& meters, refresh_ahead& ahead, const clock& time,
                 std::string name, milliseconds wait_limit)
        : store_(store),
          second_(second),
          epochs_(epochs),
          copies_(copies),
          refresh_(refresh),
          meters_(meters),
          ahead_(ahead),
          time_(time),
          name_(std::move(name)),
          wait_limit_(wait_limit) {}

    // True when it was answered from memory.
    bool answer_stored(exchange& call, const view_question& question);
    boost::asio::awaitable<void> answer(exchange& call, view_question question);

private:
    // What a request gets, and how that came about.
    struct serving {
        cache::entry_ptr entry;  // null: nothing may be served
        cache_status status;
        aggregators::plan_failure failure{};  // why the refresh came to nothing, where it didn't come to `entry`
    };

    struct found {
        cache::entry_ptr entry;  // null: none
        cache::invalidation fate = cache::invalidation::none;
    };
    found find(const view_question& question, bool counts_as_use) const;
    static wall_time moment_of(const view_question& question, const exchange& call);
    static cache::reuse_decision decide(const view_question& question, const found& stored, wall_time now);
    // Where the upstream is in trouble. `older` has an entry.
    static bool may_stand_in(const found& older, wall_time now) noexcept;
    // From `stored`, if that may be; nullopt: a refresh has to be waited for.
    std::optional<serving> look_up(exchange& call, const view_question& question, const found& stored);
    // The same, after asking the second tier for what memory doesn't have.
    struct further;
    struct late_serving;
    boost::asio::awaitable<further> look_further(exchange& call, view_question question);
    // `brought` came into memory from there; null: nothing did.
    std::optional<serving> look_up_brought(exchange& call, const view_question& question,
                                           const cache::entry_ptr& brought);
    boost::asio::awaitable<void> give_found(exchange& call, view_question question, serving what);
    // From the refresh that was waited for; else from `older`.
    serving settle(const view_question& question, const view_refresh::waited& waited, const found& older,
                   cache::forward_reason reason, wall_time now) const;
    void give(exchange& call, const view_question& question, const serving& what, wall_time now) const;
    void give_json(exchange& call, const serving& what, wall_time now) const;
    void give_only_if_cached(exchange& call) const;

    // As lines: view_handler_lines.cpp.
    boost::asio::awaitable<void> answer_in_lines(exchange& call, view_question question);
    boost::asio::awaitable<void> give_lines_made_elsewhere(exchange& call, std::shared_ptr<const view> of,
                                                           serving what);
    // Without making the lines where they aren't sent anyway.
    void give_lines(exchange& call, const view& of, const serving& what, wall_time now) const;
    void give_these_lines(exchange& call, const serving& what, wall_time now, body lines) const;
    // All its lines are to be made, and that is much.
    static bool has_many_lines_to_make(exchange& call, const cache::entry_ptr& stored);

    void give_failure(exchange& call, const view_question& question, const aggregators::plan_failure& failure,
                      cache::forward_reason reason) const;

    cache::memory_store& store_;
    second_tier* const second_;
    const cache::tag_epochs& epochs_;
    coded_copies& copies_;
    view_refresh& refresh_;
    const view_meters& meters_;
    refresh_ahead& ahead_;
    const clock& time_;
    const std::string name_;
    const milliseconds wait_limit_;
};

}  // namespace nearside::proxy
