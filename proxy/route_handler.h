// Answers requests for routes: from memory at once where that may be done, otherwise from the call to the upstream that
// they wait for, join, or make alone; passes on what is no cache's business.
// Owned by its generation, which each exchange holds. Any io thread.
#pragma once

#include "cache/memory_store.h"
#include "cache/reuse.h"
#include "cache/tag_epochs.h"
#include "core/clock.h"
#include "proxy/coded_copies.h"
#include "proxy/exchange.h"
#include "proxy/route_answer.h"
#include "proxy/route_fetch.h"
#include "proxy/route_meters.h"
#include "proxy/route_proxy.h"
#include "proxy/route_question.h"
#include "proxy/site.h"
#include "proxy/upstreams.h"
#include "proxy/view_answer.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace nearside::proxy {

class invalidator;
class second_tier;

struct route_handler_environment {
    cache::memory_store* store = nullptr;
    second_tier* second = nullptr;  // may be null
    const cache::tag_epochs* epochs = nullptr;
    invalidator* invalidations = nullptr;
    coded_copies* copies = nullptr;
    const route_meters* meters = nullptr;
    route_fetch* fetch = nullptr;
    const route_proxy* pass = nullptr;
    std::shared_ptr<const upstreams> pools;
    std::shared_ptr<const site> places;
    const clock* time = nullptr;
    logger* log = nullptr;           // may be null
    std::string name;                // server.name
    milliseconds if_unreachable{0};  // cache.stale_if_unreachable
};

class route_handler {
public:
    explicit route_handler(route_handler_environment environment) : environment_(std::move(environment)) {}

    // True when it was answered from memory.
    bool answer_stored(exchange& call, const route_question& question);
    boost::asio::awaitable<void> answer(exchange& call, route_question question);
    // Past the cache: an unsafe method, or a request that the route's `bypass` names. What a success invalidates is
    // invalidated before the client hears of it.
    boost::asio::awaitable<void> pass(exchange& call, std::shared_ptr<const route_target> target,
                                      cache::forward_reason reason) const;

private:
    struct found {
        cache::entry_ptr entry;  // null: none
        cache::invalidation fate = cache::invalidation::none;
        bool varies = false;  // something is stored, but not for such a request
        std::string key;      // of the variant that would be fetched; empty: the primary key
        bool redis = false;   // this request brought it from the second tier
    };
    struct waiting;

    found look_up(const route_question& question, const header_fields& request, bool counts_as_use) const;
    milliseconds time_to_live(const found& stored) const;
    static cache::reuse_decision decide(const route_question& question, const found& stored, wall_time now);
    boost::asio::awaitable<void> look_further(const exchange& call, const route_question& question,
                                              found& stored) const;
    boost::asio::awaitable<bool> give_brought(exchange& call, const route_question& question, found stored) const;
    bool acceptable(const route_question& question, const route_outcome& told) const;
    bool joinable(const route_question& question, const route_outcome& told) const;
    bool older_may_answer(const route_question& question, const found& older, const route_outcome& failed) const;
    static bool must_ask_alone(const route_question& question, const found& older);
    static cache::forward_reason why_forwarded(const route_question& question, const found& older, wall_time now);
    milliseconds longest_call(const route_question& question) const;

    bool take_off(const route_question& question, waiting& client, const boost::asio::any_io_executor& home) const;
    boost::asio::awaitable<route_result> wait_for_outcome(exchange& call, const waiting& client) const;

    void give_only_if_cached(exchange& call) const;
    void give(exchange& call, const cache::entry_ptr& entry, wall_time now, const cache_status& status) const;
    boost::asio::awaitable<bool> give_own_or_in_form(exchange& call, bool own, cache::entry_ptr entry,
                                                     cache_status status) const;
    boost::asio::awaitable<bool> give_in_form(exchange& call, cache::entry_ptr entry, cache_status status) const;
    void give_failure(exchange& call, const route_question& question, const route_outcome& failed,
                      const cache_status& status) const;
    boost::asio::awaitable<bool> give_outcome(exchange& call, const route_question& question, waiting& client,
                                              route_result outcome) const;
    boost::asio::awaitable<bool> give_arriving(exchange& call, const waiting& client, route_result outcome,
                                               cache::entry_ptr entry, cache_status status) const;
    boost::asio::awaitable<void> hand_over(exchange& call, std::shared_ptr<route_ticket> ticket,
                                           cache_status status) const;

    const route_handler_environment environment_;
};

}  // namespace nearside::proxy
