// Tells a plan to people: which calls can start when, what each waits for, and how many round trips a user waits for.
// Pure; any thread.
#pragma once

#include "aggregators/plan.h"
#include "config/settings.h"

#include <span>
#include <string>

namespace nearside::aggregators {

// `upstreams`: those it asks, whose connections bound what is parallel.
std::string explain(const plan& what, std::span<const config::upstream_settings> upstreams);

}  // namespace nearside::aggregators
