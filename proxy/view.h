// A view as the proxy serves it: its plan, and what the configuration says about keys and windows, resolved once at
// load. Immutable; any thread.
#pragma once

#include "aggregators/plan.h"
#include "cache/view_lifetime.h"
#include "config/settings.h"
#include "proxy/warm_plan.h"

#include <memory>
#include <string>
#include <vector>

namespace nearside::proxy {

struct view {
    std::string name;
    std::string mark;                          // of all that shapes it (proxy/marks.h); a part of its keys
    std::vector<std::string> path_parameters;  // in the path's order
    std::vector<config::view_settings::query_parameter> query, headers, claims;
    cache::configured_lifetime windows;
    bool for_everybody = false;                 // scope: public
    bool strict = false;                        // consistency: strict
    milliseconds renewed_while_used_within{0};  // refresh; 0: only when it is asked for
    std::vector<std::string> upstreams;         // that its steps ask, each once
    std::vector<std::string> forwarded;         // request headers that any of them gets, lower case, sorted
    std::vector<std::string> varies;            // those and the headers that are inputs, sorted: what Vary says
    std::shared_ptr<const aggregators::plan> plan;
    std::string item_id;  // by whose member patches tell the items of a list apart
    warm_plan warm;       // what is renewed without a visit
};

std::shared_ptr<const view> make_view(const config::view_settings& settings, const config::settings& all,
                                      std::shared_ptr<const aggregators::plan> plan, warm_plan warm);

}  // namespace nearside::proxy
