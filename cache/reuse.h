// May this stored entry answer this request now, and what has to happen besides? The decision that every request for a
// view or a route passes (RFC 9111 4 and 5.2.1, RFC 5861). Pure; any thread.
#pragma once

#include "cache/cache_control.h"
#include "cache/entry.h"
#include "cache/invalidation_order.h"
#include "core/clock.h"

#include <string_view>

namespace nearside::cache {

enum class reuse {
    fresh,           // serve it
    stale,           // serve it, refresh behind
    stale_asked,     // serve it: stale as it is, the request takes it (max-stale); nothing is refreshed
    wait,            // a fresh copy first
    only_if_cached,  // nothing to serve, and the request forbids asking the upstream: 504 (5.2.1.7)
};

// Why the upstream has to be asked; the `fwd` parameter of Cache-Status (RFC 9211 2.2).
enum class forward_reason { none, bypass, method, uri_miss, vary_miss, miss, request, stale, partial };
std::string_view to_string(forward_reason reason) noexcept;

struct reuse_decision {
    reuse verdict = reuse::wait;
    forward_reason reason = forward_reason::none;
};

// The last refresh failed so short a time ago that none is tried, nor waited for, now.
bool refresh_failed_just_now(const entry& stored, wall_time now) noexcept;
// That it has failed: no other is tried before `retry`.
void note_failed_refresh(const entry& stored, wall_time retry) noexcept;

// What the decision depends on of a stored response.
struct stored_facts {
    wall_time born{};
    lifetime lives;
    bool always_validate = false;  // no-cache (5.2.2.4)
    bool must_revalidate = false;  // max-stale doesn't move it (5.2.2.2)
    // A write has changed what it shows (invalidation::changed): kept for validation, served to nobody before (4.4).
    bool invalidated = false;
    bool made_stale = false;  // by an operator (invalidation::soft), though its freshness lasts
};
// `fate`: what was invalidated since it was stored. What is gone (invalidation::hard) has no facts.
stored_facts facts_of(const entry& stored, invalidation fate = invalidation::none) noexcept;

// `stored` may be null.
reuse_decision decide_reuse(const stored_facts* stored, const cache_control& request, wall_time now) noexcept;
reuse_decision decide_reuse(const entry* stored, const cache_control& request, wall_time now) noexcept;

// False: it insists on a fresh copy (no-cache, max-age=0), whatever is stored.
bool may_use_stored(const cache_control& request) noexcept;

// Two requests this close together are concurrent for any user: what began so shortly before one may answer it, since
// nothing was read yet at an upstream further than this away.
constexpr milliseconds same_moment{10};

// Whether what was begun to be fetched at `began` will do for a request of `asked_at`: one that insists on a fresh copy
// (no-cache, max-age=0) doesn't take what may have been read before it.
bool is_late_enough(const cache_control& request, steady_time began, steady_time asked_at) noexcept;

// May the older copy stand in for a refresh that failed because the upstream is in trouble (RFC 5861 4)? A request may
// ask for a longer window than the response; and where nobody says how long, who is disconnected may go on for
// `if_unsaid` (RFC 9111 4.2.4). Neither does against the origin's must-revalidate.
bool may_serve_on_error(const stored_facts& stored, const cache_control& request, wall_time now,
                        milliseconds if_unsaid = milliseconds{0}) noexcept;
bool may_serve_on_error(const entry& stored, wall_time now) noexcept;

milliseconds age_of(wall_time born, wall_time now) noexcept;
milliseconds age_of(const entry& stored, wall_time now) noexcept;
// What is left of `fresh`; negative once stale.
milliseconds time_to_live(const stored_facts& stored, wall_time now) noexcept;
milliseconds time_to_live(const entry& stored, wall_time now) noexcept;

}  // namespace nearside::cache
