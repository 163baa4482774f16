// May this response be stored by a shared cache, and for how long may the copy serve (RFC 9111 3, 4.2, RFC 5861, RFC
// 9213)? The origin's word, the operator's, and the origin's vetoes, decided in one place. Every refusal has a name.
// Pure; any thread.
#pragma once

#include "cache/cache_control.h"
#include "cache/freshness.h"
#include "cache/lifetime.h"
#include "core/http_message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

// What the operator configured; nullopt where nothing was said.
struct configured_lifetime {
    std::optional<milliseconds> fresh, stale, stale_if_error;
};

// Why a response isn't stored; a detail of Cache-Status and a label of metrics.
enum class refusal {
    none,
    no_store,          // the response says so (5.2.2.5)
    private_response,  // it is for one user, the entry would be for everybody (5.2.2.7)
    vary_everything,   // `Vary: *`: it depends on more than the request tells (4.1)
    no_lifetime,       // neither fresh, nor ever to be served stale, nor possible to validate
    method,            // only what answers a GET is stored
    not_final,         // an interim response (1xx)
    partial_content,   // 206: a part is not the whole
    not_modified,      // 304 belongs to the copy it validates
    unknown_status,    // outside of 200..599
    not_understood,    // must-understand, and what this status asks of a cache isn't known here (5.2.2.3)
    request_no_store,  // the request says no-store (5.2.1.5)
    authorization,     // the request has credentials, and nothing allows sharing what answers them (3.5)
    cookie,            // the same for Cookie: neither an own key nor the origin's word that it may be shared
    set_cookie,        // it sets a cookie, and the origin didn't say that it may be reused
    no_cache,          // it must be validated before each use, and nothing is there to validate it by (5.2.2.4)
    one_request,       // 407, 412, 416: about fields of the one request, which no key holds
    not_cacheable,     // a status without default cacheability, and nobody says how long (3)
    too_large,         // its body is larger than cache.max_entry
    event_stream,      // it goes on for as long as somebody listens
    last = event_stream,
};
// The token for Cache-Status; empty for none.
std::string_view to_string(refusal reason) noexcept;

// The operator's word on a route.
struct route_policy {
    struct negative_window {
        int first = 0, last = 0;  // statuses, both included
        milliseconds fresh{0};
    };

    // `fresh` and `stale` stand for what succeeded or redirects (2xx, 3xx). For what failed there is `negative`; of
    // several windows that hold a status, the narrowest counts.
    configured_lifetime windows;
    std::vector<negative_window> negative;
    // The origin's no-store, private, no-cache, must-revalidate, proxy-revalidate and s-maxage don't stand where the
    // operator says how long: `windows.fresh`, or `negative` for a failure.
    bool override_origin = false;
};

// What storing depends on of the request.
struct request_facts {
    std::string_view method;
    bool authorization = false;       // it has an Authorization field
    bool cookie = false;              // it has a Cookie field
    bool keyed_by_principal = false;  // the key holds a digest of both: nobody else's request finds the entry
    // Kept for one user alone, as that user's own cache would: `private` speaks of others (5.2.2.7).
    bool one_user = false;
    cache_control asked;
};

struct store_decision {
    refusal refused = refusal::none;
    lifetime lives;                // counted from `born`, whichever way the entry came to be as old as it is
    wall_time born{};              // received less the age it had then (4.2.3): what Age is counted from
    bool always_validate = false;  // no-cache: validated before each use
    // Not served stale at a client's wish, and 504 when the upstream is gone (5.2.2.2, 5.2.2.8, 5.2.2.10). `lives` has
    // no stale windows then, but those that the origin itself named beside s-maxage.
    bool must_revalidate = false;
    // Fields that the copy goes without: named by private="..." (5.2.2.7) or no-cache="..." (5.2.2.4). In lower case,
    // sorted. Cache-Control itself and what selects the copy (Vary) are never among them.
    std::vector<std::string> withheld;
};

// For a response whose head is all there; a body that breaks off later makes it unstorable, whatever is decided here.
store_decision decide_store(const request_facts& request, const response_head& response, const route_policy& policy,
                            exchange_times times);

// What a 304 or a HEAD leads to is decided anew from the merged fields, with the stored status.

}  // namespace nearside::cache
