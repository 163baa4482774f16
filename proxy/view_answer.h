// How a stored view is told to a client: the heads that are rendered once with the entry, and the few fields that
// differ from one answer to the next. Pure; any thread.
#pragma once

#include "aggregators/run_plan.h"
#include "cache/entry.h"
#include "cache/reuse.h"
#include "cache/view_lifetime.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/view.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// `Vary`: what is sent on to the upstreams, and Accept, which chooses between JSON and lines (view_lines.h).
std::string vary_of(const view& of);

// `Server-Timing` (W3C): one item a step with the milliseconds it took; a failed optional step says why.
std::string server_timing(std::span<const aggregators::step_report> steps);

struct view_origin {
    wall_time born{};  // when the run began
    std::uint64_t stamp = 0;
    std::vector<std::string> tags{};
};

// The entry of a finished run, not published yet. `previous`: an older copy whose body is kept when the bytes are the
// same; not null where the run composed nothing, because it is unchanged.
std::shared_ptr<cache::entry> make_view_entry(std::string key, const view& of, const aggregators::composed_view& made,
                                              const cache::view_lifetime& lifetime, view_origin origin,
                                              const cache::entry_ptr& previous);

// How the answer came about, for Cache-Status (RFC 9211).
struct cache_status {
    bool hit = false;
    cache::forward_reason forwarded = cache::forward_reason::none;
    int forward_status = 0;  // of the upstream response that mattered; 0: not told
    bool stored = false;
    bool collapsed = false;  // waited for a run that another request began
    std::optional<milliseconds> time_to_live;
    std::string_view detail;  // a named reason; a token
};
std::string to_field(const cache_status& status, std::string_view name);
// A copy that was invalidated, and is served all the same, is fresh for nobody any more, whatever its head says: caches
// on the way, the browser's among them, are to ask each time.
void tell_if_struck(header_fields& extra, const cache_status& status, const cache::entry& served, wall_time now);
// Details of a hit that isn't fresh from memory: what let it be served (RFC 5861 3 and 4, RFC 9111 5.2.1.2), or that
// this request brought it from the second tier.
inline constexpr std::string_view stale_while_revalidate = "stale-while-revalidate";
inline constexpr std::string_view stale_if_error = "stale-if-error";
inline constexpr std::string_view max_stale = "max-stale";
inline constexpr std::string_view from_redis = "redis";

// Does `If-None-Match` hold for this entity tag: weak comparison, lists, `*` (RFC 9110 13.1.2)?
bool none_match_fails(const header_fields& request, std::string_view etag);

}  // namespace nearside::proxy
