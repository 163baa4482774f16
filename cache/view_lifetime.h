// How long a composed view lives: the operator's windows where there are any, else the shortest that the upstream
// responses it is made of allow; and the origin's vetoes, which hold either way (RFC 9111 5.2.2). The same rules as for
// a stored response (cache/storable), but for heuristics: a view doesn't guess. Pure; any thread.
#pragma once

#include "cache/storable.h"
#include "core/http_message.h"

#include <span>

namespace nearside::cache {

struct view_lifetime {
    lifetime lives;  // counted from the view's birth: `age` before the first of its calls was made
    refusal refused = refusal::none;
    milliseconds age{0};  // of the oldest response when it was asked for (4.2.3)
};

// `responses`: the header section of each upstream response in the view. `for_everybody`: the entry is not keyed by
// a principal. `partial`: an optional step failed, so that what stands in for it mustn't last. `asked`: when the first
// of the calls was made.
view_lifetime decide_view_lifetime(const configured_lifetime& configured, std::span<const header_fields> responses,
                                   bool for_everybody, bool partial, wall_time asked);

}  // namespace nearside::cache
