// The Cache-Control field as values (RFC 9111 5.2), of a request or a response. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace nearside::cache {

using std::chrono::seconds;

// A directive that is absent is nullopt or false. Delta-seconds beyond 2^31 count as 2^31 (RFC 9111 1.2.2); an argument
// that is not delta-seconds makes its directive stale at once (4.2.1): zero.
struct cache_control {
    std::optional<seconds> max_age;
    std::optional<seconds> s_maxage;
    std::optional<seconds> max_stale;  // without an argument: seconds::max()
    std::optional<seconds> min_fresh;
    std::optional<seconds> stale_while_revalidate;  // RFC 5861
    std::optional<seconds> stale_if_error;          // RFC 5861
    bool no_cache = false;                          // also with field names: the stricter reading
    bool no_store = false;
    bool is_private = false;  // also with field names: the stricter reading
    bool is_public = false;
    bool must_revalidate = false;
    bool proxy_revalidate = false;
    bool only_if_cached = false;
};

// Reads every Cache-Control field of the section. Where a directive comes twice, the stricter one counts.
cache_control read_cache_control(const header_fields& fields);
// Of a single field's value.
void read_cache_control(std::string_view value, cache_control& into);

}  // namespace nearside::cache
