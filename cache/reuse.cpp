#include "cache/reuse.h"

#include <algorithm>

namespace nearside::cache {

namespace {

reuse_decision asking(const cache_control& request, forward_reason reason) noexcept {
    return {request.only_if_cached ? reuse::only_if_cached : reuse::wait, reason};
}

}  // namespace

std::string_view to_string(forward_reason reason) noexcept {
    switch (reason) {
        case forward_reason::none:
            return "";
        case forward_reason::bypass:
            return "bypass";
        case forward_reason::method:
            return "method";
        case forward_reason::uri_miss:
            return "uri-miss";
        case forward_reason::vary_miss:
            return "vary-miss";
        case forward_reason::miss:
            return "miss";
        case forward_reason::request:
            return "request";
        case forward_reason::stale:
            return "stale";
        case forward_reason::partial:
            return "partial";
    }
    return "";
}

bool refresh_failed_just_now(const entry& stored, wall_time now) noexcept {
    return now.time_since_epoch().count() < stored.refresh_not_before.load(std::memory_order_relaxed);
}

void note_failed_refresh(const entry& stored, wall_time retry) noexcept {
    stored.refresh_not_before.store(retry.time_since_epoch().count(), std::memory_order_relaxed);
}

stored_facts facts_of(const entry& stored, invalidation fate) noexcept {
    return {.born = stored.born,
            .lives = stored.lives,
            .always_validate = stored.always_validate,
            .must_revalidate = stored.must_revalidate,
            .invalidated = fate >= invalidation::changed,
            .made_stale = fate == invalidation::soft};
}

milliseconds age_of(wall_time born, wall_time now) noexcept {
    return std::max(milliseconds{0}, std::chrono::floor<milliseconds>(now - born));
}

milliseconds age_of(const entry& stored, wall_time now) noexcept {
    return age_of(stored.born, now);
}

milliseconds time_to_live(const stored_facts& stored, wall_time now) noexcept {
    const milliseconds left = stored.lives.fresh - age_of(stored.born, now);
    return stored.made_stale ? std::min(left, milliseconds{0}) : left;
}

milliseconds time_to_live(const entry& stored, wall_time now) noexcept {
    return stored.lives.fresh - age_of(stored, now);
}

bool may_use_stored(const cache_control& request) noexcept {
    return !request.no_cache && request.max_age != seconds{0};
}

bool is_late_enough(const cache_control& request, steady_time began, steady_time asked_at) noexcept {
    return may_use_stored(request) || began + same_moment >= asked_at;
}

bool may_serve_on_error(const stored_facts& stored, const cache_control& request, wall_time now,
                        milliseconds if_unsaid) noexcept {
    if (stored.always_validate || stored.invalidated) return false;
    milliseconds window = std::max(stored.lives.stale, stored.lives.stale_if_error);
    if (!stored.must_revalidate) {
        if (stored.lives.stale_if_error == lifetime::unsaid) window = std::max(window, if_unsaid);
        window = std::max(window, milliseconds{request.stale_if_error.value_or(seconds{0})});
    }
    return time_to_live(stored, now) + window > milliseconds{0};
}

bool may_serve_on_error(const entry& stored, wall_time now) noexcept {
    return may_serve_on_error(facts_of(stored), {}, now);
}

reuse_decision decide_reuse(const stored_facts* stored, const cache_control& request, wall_time now) noexcept {
    const auto ask = [&request](forward_reason reason) { return asking(request, reason); };
    if (stored == nullptr) return ask(forward_reason::uri_miss);
    if (stored->always_validate || stored->invalidated) return ask(forward_reason::stale);

    const milliseconds age = age_of(stored->born, now);
    const milliseconds left = stored->lives.fresh - age;
    if (request.no_cache) return ask(forward_reason::request);
    // `max-age=0` means now, even for an entry that was born in this very millisecond.
    if (request.max_age && (*request.max_age == seconds{0} || age > *request.max_age)) {
        return ask(forward_reason::request);
    }
    if (request.min_fresh && (stored->made_stale || left < *request.min_fresh)) return ask(forward_reason::request);
    if (left > milliseconds{0} && !stored->made_stale) return {reuse::fresh, forward_reason::none};

    // Who names a max-age wants nothing stale, unless max-stale says so too (5.2.1.1).
    if (request.max_age && !request.max_stale) return ask(forward_reason::stale);
    if (stored->lives.stale > milliseconds{0} && left + stored->lives.stale > milliseconds{0})
        return {reuse::stale, forward_reason::stale};
    // In whole seconds: "any" is more than milliseconds can hold.
    const seconds staleness = std::chrono::ceil<seconds>(-left);
    if (request.max_stale && !stored->must_revalidate && staleness <= *request.max_stale) {
        return {reuse::stale_asked, forward_reason::stale};
    }
    return ask(forward_reason::stale);
}

reuse_decision decide_reuse(const entry* stored, const cache_control& request, wall_time now) noexcept {
    if (stored == nullptr) return asking(request, forward_reason::uri_miss);
    const stored_facts facts = facts_of(*stored);
    return decide_reuse(&facts, request, now);
}

}  // namespace nearside::cache
