// How old a response is when it arrives, and how long it is fresh by the origin's word (RFC 9111 4.2, RFC 9213).
// Pure; any thread.
#pragma once

#include "cache/cache_control.h"
#include "core/clock.h"
#include "core/http_date.h"
#include "core/http_message.h"

#include <optional>

namespace nearside::cache {

struct exchange_times {
    wall_time requested;  // just before the request was sent
    wall_time received;   // the response's head was there
};

// What a response's fields say to this cache.
struct origin_word {
    cache_control says;
    // From CDN-Cache-Control: Cache-Control and Expires don't count (RFC 9213 2.2).
    bool targeted = false;
};

// CDN-Cache-Control where it is a valid, non-empty Structured Field whose directives have arguments of their types,
// else Cache-Control.
origin_word read_origin_word(const header_fields& response);

// When the response was made, by its Date field; the time it was received where there is none or it can't be read
// (RFC 9110 6.6.1).
http_time date_of(const header_fields& response, wall_time received);

// The age told by the Age field: the first member of the first line; zero where that isn't delta-seconds (5.1).
seconds age_told(const header_fields& response);

// 4.2.3: the larger of what Date and what Age plus the time on the way tell.
milliseconds corrected_initial_age(const header_fields& response, exchange_times times);

enum class freshness_source { none, s_maxage, max_age, expires, heuristic };

struct freshness_lifetime {
    freshness_source source = freshness_source::none;
    milliseconds value{0};

    // The origin named an end.
    bool is_explicit() const noexcept {
        return source != freshness_source::none && source != freshness_source::heuristic;
    }
    bool is_positive() const noexcept { return value > milliseconds{0}; }
};

// 4.2.1: s-maxage, max-age, Expires (anything that isn't a date means the past, 5.3; of several the earliest).
freshness_lifetime explicit_lifetime(const header_fields& response, const origin_word& word, wall_time received);

// 4.2.2: a tenth of the time since Last-Modified, at most a day; none without that field, or for a status that isn't
// heuristically cacheable unless the response is `public`.
freshness_lifetime heuristic_lifetime(int status, const header_fields& response, const origin_word& word,
                                      wall_time received);

// The statuses that RFC 9110 15.1 defines as heuristically cacheable.
bool is_heuristically_cacheable(int status) noexcept;

}  // namespace nearside::cache
