// A request for a view, understood: which view, with which inputs, for whom, under which key, and what the client said
// about caching. Pure; any thread.
#pragma once

#include "aggregators/run_plan.h"
#include "cache/cache_control.h"
#include "cache/tag_epochs.h"
#include "core/error.h"
#include "core/http_message.h"
#include "proxy/tier_budget.h"
#include "proxy/view.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nearside::proxy {

// What path and query come to, whoever asks: shared by the requests that have them in common (proxy/known_targets).
// Where inputs of the view are headers or claims, understand() makes one of the request's own, with those too.
// Immutable.
struct view_target {
    std::shared_ptr<const view> of;
    aggregators::view_inputs inputs;
    std::string key;   // without a principal
    std::string path;  // as a client would ask for it, percent-encoded
};

// By which an entry of it may be invalidated.
inline cache::entry_names names_of(const view_target& of) noexcept {
    return {.view = of.of->name, .path = of.path};
}

struct view_question {
    std::shared_ptr<const view_target> target;
    std::string key;
    cache::cache_control asked;
    tier_budget_ptr tier_time{};             // of the request; null: it has not waited for the second tier
    std::optional<wall_time> waited_till{};  // of a request that waited for a change: it is answered as if it came then

    const view& of() const noexcept { return *target->of; }
    cache::entry_names names() const noexcept { return names_of(*target); }
};

// `captures`: the decoded path parameters, in the path's order. Fails with invalid_parameter.
result<view_target> understand_target(std::shared_ptr<const view> of, std::span<const std::string> captures,
                                      std::string_view query);

// Fails with invalid_parameter, for inputs that are headers or claims.
result<view_question> understand(std::shared_ptr<const view_target> target, const request_head& request);

}  // namespace nearside::proxy
