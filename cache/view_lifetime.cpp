#include "cache/view_lifetime.h"

#include "cache/cache_control.h"
#include "core/http_date.h"

#include <algorithm>

namespace nearside::cache {

namespace {

// How long a view with a failed optional step is fresh: long enough to spare the upstream a burst, short enough that
// the missing part is back soon.
constexpr milliseconds partial_fresh{1'000};

// RFC 9111 4.2.1 and 4.2.3, for a response that has just arrived.
std::optional<milliseconds> freshness_left(const header_fields& response, const cache_control& directives,
                                           wall_time now) {
    const auto now_seconds = std::chrono::floor<seconds>(now);
    std::optional<seconds> total = directives.s_maxage ? directives.s_maxage : directives.max_age;
    if (!total) {
        const auto expires = response.find("expires");
        if (!expires) return std::nullopt;
        const auto date = response.find("date");
        const auto from = date ? parse_http_date(*date, now_seconds).value_or(now_seconds) : now_seconds;
        const auto until = parse_http_date(*expires, now_seconds);
        // An invalid Expires, "0" above all, means already expired (5.3).
        total = until ? std::max(seconds{0}, *until - from) : seconds{0};
    }
    seconds age{0};
    if (const auto told = response.find("age")) {
        cache_control as_delta;
        read_cache_control("max-age=" + std::string(*told), as_delta);
        age = *as_delta.max_age;
    }
    return std::max(seconds{0}, *total - age);
}

bool varies_on_everything(const header_fields& response) {
    bool everything = false;
    for (const header_fields::field& each : response) {
        if (!iequals(each.name, "vary")) continue;
        for_each_member(each.value, [&](std::string_view member) { everything |= member == "*"; });
    }
    return everything;
}

void shorten(std::optional<milliseconds>& kept, milliseconds candidate) {
    kept = kept ? std::min(*kept, candidate) : candidate;
}

}  // namespace

std::string_view to_string(refusal reason) noexcept {
    switch (reason) {
        case refusal::none:
            return "";
        case refusal::no_store:
            return "no-store";
        case refusal::private_response:
            return "private";
        case refusal::vary_everything:
            return "vary-everything";
        case refusal::no_lifetime:
            return "no-lifetime";
    }
    return "";
}

view_lifetime decide_view_lifetime(const configured_lifetime& configured, std::span<const header_fields> responses,
                                   bool for_everybody, bool partial, wall_time now) {
    std::optional<milliseconds> fresh, stale, stale_if_error;
    bool must_ask_each_time = false, never_stale = false;
    for (const header_fields& response : responses) {
        const cache_control directives = read_cache_control(response);
        if (directives.no_store) return {{}, refusal::no_store};
        if (varies_on_everything(response)) return {{}, refusal::vary_everything};
        if (directives.is_private && for_everybody) return {{}, refusal::private_response};
        must_ask_each_time |= directives.no_cache;
        never_stale |= directives.must_revalidate || directives.proxy_revalidate || directives.no_cache;
        shorten(fresh, freshness_left(response, directives, now).value_or(milliseconds{0}));
        shorten(stale, directives.stale_while_revalidate.value_or(seconds{0}));
        shorten(stale_if_error, directives.stale_if_error.value_or(seconds{0}));
    }

    lifetime lives;
    lives.fresh = configured.fresh.value_or(fresh.value_or(milliseconds{0}));
    lives.stale = configured.stale.value_or(stale.value_or(milliseconds{0}));
    lives.stale_if_error = configured.stale_if_error.value_or(stale_if_error.value_or(milliseconds{0}));
    if (must_ask_each_time) lives.fresh = milliseconds{0};
    if (never_stale) lives.stale = lives.stale_if_error = milliseconds{0};
    if (partial) lives.fresh = std::min(lives.fresh, partial_fresh);
    return {lives, lives == lifetime{} ? refusal::no_lifetime : refusal::none};
}

}  // namespace nearside::cache
