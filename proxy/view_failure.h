// What a failed plan run means: for the client, for the older copy, and for the entry that is stored. Pure; any thread.
#pragma once

#include "aggregators/run_plan.h"
#include "cache/storable.h"
#include "proxy/problem.h"

#include <string_view>

namespace nearside::proxy {

// The status of the client's answer. The upstream's own word about the user or the thing asked for (401, 403, 404, 410,
// 429) is passed on; whatever else it did wrong is 502, 503 or 504.
int status_of(const aggregators::plan_failure& failure) noexcept;

// RFC 5861 4: the upstream cannot be reached, takes too long, answers 5xx or nothing usable; the older copy may stand
// in.
bool is_upstream_trouble(const aggregators::plan_failure& failure) noexcept;

// The upstream says that this user may not see it, or that it is gone: what is stored must go too.
bool revokes_stored(const aggregators::plan_failure& failure) noexcept;

// What may not be stored can't be pushed.
problem not_streamable(cache::refusal why);

// Whether a view that is refused so is told no further in streams: what the request says, what its user may see, or the
// thing itself would have to be another. Other failures pass.
bool ends_streams(int status) noexcept;

// problem+json naming the view, the step and the upstream's status.
problem make_problem(const aggregators::plan_failure& failure, std::string_view view_name);

}  // namespace nearside::proxy
