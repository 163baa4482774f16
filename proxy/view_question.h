// A request for a view, understood: which view, with which inputs, for whom, under which key, and what the client said
// about caching. Pure; any thread.
#pragma once

#include "aggregators/run_plan.h"
#include "cache/cache_control.h"
#include "core/error.h"
#include "core/http_message.h"
#include "proxy/view.h"

#include <memory>
#include <span>
#include <string>

namespace nearside::proxy {

struct view_question {
    std::shared_ptr<const view> of;
    aggregators::view_inputs inputs;
    std::string key;
    cache::cache_control asked;
};

// `captures`: the decoded path parameters, in the path's order. Fails with invalid_parameter.
result<view_question> understand(std::shared_ptr<const view> of, std::span<const std::string> captures,
                                 const request_head& request);

}  // namespace nearside::proxy
