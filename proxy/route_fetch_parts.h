// What the parts of route_fetch share: route_fetch.cpp makes the call and tells its outcome, route_fetch_store.cpp
// keeps what it brings. Internal to these two; on the thread of the one call.
#pragma once

#include "proxy/route_fetch.h"

namespace nearside::proxy {

// It says something about the resource, whoever asks and however: others needn't queue for it, and what is stored of it
// is outdated.
inline bool is_about_resource(cache::refusal refused) noexcept {
    switch (refused) {
        case cache::refusal::no_store:
        case cache::refusal::private_response:
        case cache::refusal::vary_everything:
        case cache::refusal::set_cookie:
        case cache::refusal::no_lifetime:
        case cache::refusal::no_cache:
        case cache::refusal::event_stream:
        case cache::refusal::too_large:
            return true;
        default:
            return false;
    }
}

struct route_fetch::job {
    owner_hold hold;  // first, so that it is let go last
    route_question question;
    cache::entry_ptr stored;                               // stale; null: none
    cache::invalidation fate = cache::invalidation::none;  // of it
    bool may_validate = true;                              // the request may be changed to ask whether it is still good
    std::string key;                                       // of the flight
    std::string stored_under;                              // the key of the flight of all nodes
    std::shared_ptr<route_flights::flight> of;
    std::shared_ptr<route_ticket> ticket;
    boost::asio::any_io_executor home;
    std::shared_ptr<upstream_pool> upstream;
    call_priority priority = call_priority::foreground;
    bool validating = false;
    bool told = false;
    bool landed = false;
    bool leads_nodes = false;               // others wait for what it stores
    std::shared_ptr<growing_body> growing;  // what others may be reading

    bool alone() const noexcept { return of == nullptr; }
    bool is_waited_for() const noexcept { return ticket && !ticket->abandoned; }
    bool is_head() const noexcept { return question.request.method == "HEAD"; }
};

}  // namespace nearside::proxy
