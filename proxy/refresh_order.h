// What a refresh of a view is asked, and what comes of it. Plain values; any thread.
#pragma once

#include "aggregators/run_plan.h"
#include "cache/entry.h"
#include "cache/view_lifetime.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/view_question.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace nearside::proxy {

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

}  // namespace nearside::proxy
