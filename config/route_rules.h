// What a route's keys say beside its path and upstream: which parts of a request tell one stored response from another,
// which requests go past the cache, and how long errors are kept. Plain values, checked, nothing compiled; any thread.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace nearside::config {

// What one route may list.
struct route_limits {
    static constexpr std::size_t names = 64;              // in one list of headers, cookies or parameters
    static constexpr std::size_t name_bytes = 256;        // of one of them
    static constexpr std::size_t templates = 32;          // in `tags`, and in `invalidates`
    static constexpr std::size_t template_bytes = 1'024;  // of one of them
};

// `404: 10s`, `5xx: 1s`. Where two are for one status, the narrower one comes first in the list and counts.
struct negative_settings {
    int first = 0;
    int last = 0;  // inclusive
    milliseconds fresh{0};
};

struct route_key_settings {
    enum class query_rule {
        as_sent,  // every parameter, in the request's order
        sorted,   // every parameter, by name
        only,     // those listed, by name
        except,   // all but those listed, by name
        none,
    };
    query_rule query = query_rule::as_sent;
    std::vector<std::string> parameters;  // of `only` and `except`, decoded; `utm_*`: all that begin so
    std::vector<std::string> headers;     // lower case
    // Given: these stand for the whole Cookie field, which then counts for nothing else. Empty: no cookie counts.
    std::optional<std::vector<std::string>> cookies;
};

// A request that carries one of these neither reads nor fills the cache.
struct bypass_settings {
    std::vector<std::string> headers;     // lower case
    std::vector<std::string> cookies;     // names
    std::vector<std::string> parameters;  // of the query, decoded; `utm_*`: all that begin so
};

}  // namespace nearside::config
