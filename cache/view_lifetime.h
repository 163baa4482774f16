// How long a composed view lives: the operator's windows where there are any, else the shortest that the upstream
// responses it is made of allow; and the origin's vetoes, which hold either way (RFC 9111 5.2.2). Pure; any thread.
#pragma once

#include "cache/entry.h"
#include "core/http_message.h"

#include <optional>
#include <span>
#include <string_view>

namespace nearside::cache {

// What the operator configured; nullopt where nothing was said.
struct configured_lifetime {
    std::optional<milliseconds> fresh, stale, stale_if_error;
};

// Why a view isn't stored; a detail of Cache-Status.
enum class refusal {
    none,
    no_store,          // a response said so
    private_response,  // a response is for one user, the entry would be for everybody
    vary_everything,   // a response said `Vary: *`: it depends on more than the request tells (RFC 9111 4.1)
    no_lifetime,       // neither configuration nor responses allow any reuse
};
std::string_view to_string(refusal reason) noexcept;

struct view_lifetime {
    lifetime lives;
    refusal refused = refusal::none;
};

// `responses`: the header section of each upstream response in the view. `for_everybody`: the entry is not keyed by
// a principal. `partial`: an optional step failed, so that what stands in for it mustn't last.
view_lifetime decide_view_lifetime(const configured_lifetime& configured, std::span<const header_fields> responses,
                                   bool for_everybody, bool partial, wall_time now);

}  // namespace nearside::cache
