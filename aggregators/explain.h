// Tells a plan to people: which calls can start when, what each waits for, and how many round trips a user waits for.
// Pure; any thread.
#pragma once

#include "aggregators/plan.h"

#include <string>

namespace nearside::aggregators {

std::string explain(const plan& what);

}  // namespace nearside::aggregators
