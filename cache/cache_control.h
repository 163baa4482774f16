// The Cache-Control field as values (RFC 9111 5.2), of a request or a response. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

using std::chrono::seconds;

// Delta-seconds beyond this count as this (RFC 9111 1.2.2).
constexpr seconds longest_delta{std::int64_t{1} << 31};

// A directive that is absent is nullopt or false. An argument that is not delta-seconds makes its directive stale at
// once (4.2.1): zero.
struct cache_control {
    std::optional<seconds> max_age;
    std::optional<seconds> s_maxage;
    std::optional<seconds> max_stale;  // without an argument: seconds::max()
    std::optional<seconds> min_fresh;
    std::optional<seconds> stale_while_revalidate;  // RFC 5861
    std::optional<seconds> stale_if_error;          // RFC 5861
    bool no_cache = false;                          // the bare form
    bool no_store = false;
    bool is_private = false;  // the bare form
    bool is_public = false;
    bool must_revalidate = false;
    bool proxy_revalidate = false;
    bool only_if_cached = false;
    bool must_understand = false;
    bool no_transform = false;
    bool immutable = false;  // RFC 8246
    // The qualified forms name fields: `no-cache="set-cookie"` (5.2.2.4), `private="x-user"` (5.2.2.7). As written.
    std::vector<std::string> no_cache_fields;
    std::vector<std::string> private_fields;
};

// Reads every Cache-Control field of the section. Where a directive comes twice, the stricter one counts, which is
// never looser than the first (4.2.1).
cache_control read_cache_control(const header_fields& fields);
// Of a request: `Pragma: no-cache` stands for the same where there is no Cache-Control (5.4).
cache_control read_request_directives(const header_fields& request);
// Of a single field's value. A quote that is never closed hides nothing that comes after it.
void read_cache_control(std::string_view value, cache_control& into);

// Delta-seconds (1.2.2): digits alone; nullopt for anything else.
std::optional<seconds> parse_delta_seconds(std::string_view text) noexcept;

}  // namespace nearside::cache
