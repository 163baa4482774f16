// The tags that a composed view is stored under: the operator's, those that its parts' upstreams name, and the URIs
// that its parts were read from, so that a write through a route strikes the views that show what it changed. Pure; any
// thread.
#pragma once

#include "aggregators/run_plan.h"
#include "cache/entry.h"
#include "proxy/view.h"

#include <string>
#include <vector>

namespace nearside::proxy {

// What the upstreams name in these fields is among the tags of `stored`, a copy of that view.
bool has_tags_of(const view& of, const cache::entry& stored, const std::vector<header_fields>& upstream_fields);

// `uri_tags`: of the parts (step_cache::uri_tags). Sorted, each once.
std::vector<std::string> tags_of_view(const view& of, const aggregators::composed_view& made,
                                      std::vector<std::string> uri_tags);

}  // namespace nearside::proxy
