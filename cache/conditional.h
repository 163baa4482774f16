// Conditional requests: those that clients make of stored responses (RFC 9110 13, RFC 9111 4.3.2), those made to
// validate a stored response, and what their answers do to it (RFC 9111 3.2, 4.3.3 to 4.3.5). Pure; any thread.
#pragma once

#include "core/clock.h"
#include "core/http_date.h"
#include "core/http_message.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace nearside::cache {

enum class precondition {
    pass,          // answer as if the request had no condition
    not_modified,  // 304
    failed,        // 412
};

// Who evaluates: If-Match and If-Unmodified-Since are for the origin alone (RFC 9111 4.3.2). nearside is the origin of
// its views, and a cache on a route.
enum class evaluator { cache, origin };

// RFC 9110 13.2.2. `last_modified`: see modified_when(). A stored response that isn't a 2xx has no preconditions
// (13.2.1). Methods other than GET and HEAD pass, except for what an origin has to refuse.
precondition evaluate(std::string_view method, const header_fields& request, int stored_status,
                      std::optional<std::string_view> etag, std::optional<http_time> last_modified, http_time now,
                      evaluator who = evaluator::cache);

// The request has a condition that only an origin may evaluate: it is for the upstream to answer.
bool is_for_origin(const header_fields& request);

// The validators of a section, in whatever it is stored: anything with find().
struct validators {
    std::optional<std::string_view> etag, last_modified, date;

    bool any() const noexcept { return etag || last_modified; }
};
template <class Fields>
validators validators_of(const Fields& fields) {
    return {fields.find("etag"), fields.find("last-modified"), fields.find("date")};
}

// The time that If-Modified-Since is compared with: Last-Modified, else Date, else when the response was received
// (RFC 9111 4.3.2).
http_time modified_when(const validators& stored, http_time received, http_time now);

// Entity tags, compared weakly and strongly (RFC 9110 8.8.3.2).
bool weakly_equal(std::string_view left, std::string_view right) noexcept;
bool strongly_equal(std::string_view left, std::string_view right) noexcept;

// May a range be served to this request from the stored response (RFC 9110 13.1.5)? True without If-Range. A date has
// to be exactly Last-Modified, and that a strong validator: a second or more before Date (8.8.2.2).
bool if_range_holds(const header_fields& request, const validators& stored, http_time now);

// If-None-Match and If-Modified-Since that ask the upstream whether the stored response is still good (RFC 9111 4.3.1).
// Empty without validators.
header_fields validation_fields(const validators& stored);

// Is this 304 about the stored response (RFC 9111 4.3.4)? For a 304 to a request that carried this response's own
// validators.
bool freshens(const validators& stored, const header_fields& not_modified);

// The stored section updated by a 304 or the answer to a HEAD (3.2): its fields replace those of the same name, but for
// those of one connection, of a proxy, and those that describe the stored bytes: Content-Length, Content-Encoding,
// Content-Range. An Age or Date that is not renewed is dropped: it tells of an older exchange.
header_fields merged(const header_fields& stored, const header_fields& update);

// What the answer to a HEAD does to the stored answer to a GET (4.3.5).
enum class head_effect {
    none,        // it says nothing about the stored response
    freshen,     // merge it
    invalidate,  // the representation changed: stale from now on
};
head_effect head_updates(const validators& stored, std::uint64_t stored_length, const response_head& answer);

}  // namespace nearside::cache
