#include "cache/reuse.h"

#include <algorithm>

namespace nearside::cache {

std::string_view to_string(forward_reason reason) noexcept {
    switch (reason) {
        case forward_reason::none:
            return "";
        case forward_reason::uri_miss:
            return "uri-miss";
        case forward_reason::stale:
            return "stale";
        case forward_reason::request:
            return "request";
    }
    return "";
}

milliseconds age_of(const entry& stored, wall_time now) noexcept {
    return std::max(milliseconds{0}, std::chrono::floor<milliseconds>(now - stored.born));
}

milliseconds time_to_live(const entry& stored, wall_time now) noexcept {
    return stored.lives.fresh - age_of(stored, now);
}

bool may_serve_on_error(const entry& stored, wall_time now) noexcept {
    const milliseconds left = time_to_live(stored, now);
    return left + std::max(stored.lives.stale, stored.lives.stale_if_error) > milliseconds{0};
}

reuse_decision decide_reuse(const entry* stored, const cache_control& request, wall_time now) noexcept {
    const auto ask = [&request](forward_reason reason) {
        return reuse_decision{request.only_if_cached ? reuse::only_if_cached : reuse::wait, reason};
    };
    if (stored == nullptr) return ask(forward_reason::uri_miss);

    const milliseconds age = age_of(*stored, now);
    const milliseconds left = stored->lives.fresh - age;
    if (request.no_cache) return ask(forward_reason::request);
    // `max-age=0` means now, even for an entry that was born in this very millisecond.
    if (request.max_age && (*request.max_age == seconds{0} || age > *request.max_age)) {
        return ask(forward_reason::request);
    }
    if (request.min_fresh && left < *request.min_fresh) return ask(forward_reason::request);

    if (left > milliseconds{0}) return {reuse::fresh, forward_reason::none};
    if (left + stored->lives.stale > milliseconds{0}) return {reuse::stale, forward_reason::stale};
    return ask(forward_reason::stale);
}

}  // namespace nearside::cache
