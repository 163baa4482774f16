// What the parts of route_handler share: route_handler.cpp decides and waits, route_handler_give.cpp gives. Internal to
// these two; on the thread of the one client.
#pragma once

#include "proxy/route_handler.h"

namespace nearside::proxy {

// One client's wait, in its coroutine.
struct route_handler::waiting {
    std::shared_ptr<wakeup> woken;
    std::shared_ptr<bool> gone;
    found older;
    cache::forward_reason reason = cache::forward_reason::none;
    bool alone = false;  // no other's call will do
    std::shared_ptr<route_flights::flight> flight;
    std::shared_ptr<route_ticket> ticket;  // where the call is this client's own
    steady_time asked_at{};
    steady_time until{};
};

}  // namespace nearside::proxy
