// What the parts of plan_run share (plan_run.cpp: events and order; plan_run_items.cpp: items and calls;
// plan_run_end.cpp: how steps and the run end; plan_run_result.cpp: what came of it). Pure; any thread.
#pragma once

#include "aggregators/plan.h"
#include "core/error.h"

#include <cstdint>
#include <optional>

namespace nearside::aggregators {

// The cause, located for people: which step, and which item of it.
error located(const plan_step& step, std::optional<std::uint32_t> item, error cause);

}  // namespace nearside::aggregators
