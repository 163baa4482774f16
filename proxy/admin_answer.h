// What the admin listener answers: JSON, text, and refusals. Pure; any thread.
#pragma once

#include "cache/invalidation_order.h"
#include "proxy/admin_access.h"
#include "proxy/admin_actions.h"
#include "proxy/admin_call.h"
#include "proxy/invalidator.h"
#include "proxy/problem.h"

#include <string>
#include <string_view>

namespace nearside::proxy {

struct admin_answer {
    int status = 200;
    std::string json;
};

// What was asked, and what came of it. 202 where not every node has said that it holds there.
admin_answer told_invalidation(const cache::invalidation_order& order, const invalidation_outcome& outcome);
admin_answer told_reload(const reload_outcome& outcome);
admin_answer told_drain(const drain_outcome& outcome);

// 401, 403 or 429.
problem refusal_of(const admin_verdict& verdict, const admin_call& asked);
// 405.
problem wrong_method(const admin_call& asked);

}  // namespace nearside::proxy
