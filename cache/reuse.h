// May this stored entry answer this request now, and what has to happen besides? The decision that every request for a
// view passes (RFC 9111 4, RFC 5861). Pure; any thread.
#pragma once

#include "cache/cache_control.h"
#include "cache/entry.h"

#include <string_view>

namespace nearside::cache {

enum class reuse {
    fresh,           // serve it
    stale,           // serve it, refresh behind
    wait,            // a fresh copy first
    only_if_cached,  // nothing to serve, and the request forbids asking the upstream: 504 (5.2.1.7)
};

// Why the upstream has to be asked; the `fwd` parameter of Cache-Status (RFC 9211 2.2).
enum class forward_reason { none, uri_miss, stale, request };
std::string_view to_string(forward_reason reason) noexcept;

struct reuse_decision {
    reuse verdict = reuse::wait;
    forward_reason reason = forward_reason::none;
};

// `stored` may be null.
reuse_decision decide_reuse(const entry* stored, const cache_control& request, wall_time now) noexcept;

// May the older copy stand in for a refresh that failed because the upstream is in trouble (RFC 5861 4)?
bool may_serve_on_error(const entry& stored, wall_time now) noexcept;

milliseconds age_of(const entry& stored, wall_time now) noexcept;
// What is left of `fresh`; negative once stale.
milliseconds time_to_live(const entry& stored, wall_time now) noexcept;

}  // namespace nearside::cache
