// Errors as values: one enum for everything that can be expected to go wrong, and result<T> to carry it.
// Values only; any thread.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace nearside {

// The name of each (to_string) is public: it ends the `type` of a problem document, and labels metrics and logs.
enum class errc {
    // The upstream could not be reached or did not answer as HTTP.
    resolve_failed,        // the upstream's host name has no address
    connect_failed,        // refused, unreachable, reset while connecting
    connect_timeout,       // `timeout.connect` ran out
    tls_failed,            // handshake or certificate verification failed
    first_byte_timeout,    // `timeout.first_byte` ran out
    total_timeout,         // `timeout.total`, or the step's `timeout`, ran out
    closed_early,          // the connection ended before the response did
    malformed_response,    // not HTTP/1.1, or a body whose framing is broken
    response_too_large,    // over `max_response`
    bad_content_coding,    // a body that does not decode as its Content-Encoding says
    upstream_busy,         // no connection became free within the time limits
    upstream_unavailable,  // not asked: too many calls to it failed just before (`circuit`)

    // The upstream answered, with something a step cannot use.
    upstream_status,   // a status other than 2xx
    redirect_refused,  // a 3xx: steps do not follow redirects
    no_content,        // 204, 205, or an empty body, where a document was needed
    invalid_json,      // the document is not JSON (RFC 8259)
    wrong_type,        // a reference selected a value of a type that has no place there
    unsafe_reference,  // a value that would change the path's shape (`..`, empty segment)
    fan_out_limit,     // more items than the step's `max`
    next_refused,      // a page's `next` leads out of the upstream, or back to a page that was read
    run_too_large,     // the documents of a plan run together are over `limits.run_bytes`
    depth_limit,       // JSON nested deeper than `limits.json_depth`
    jq_failed,         // a `jq` program ended with an error, took too long, or made several values

    // The request cannot be served as it was sent.
    bad_request,
    not_found,
    not_stored,  // `only-if-cached`, and nothing stored will do
    method_not_allowed,
    invalid_parameter,  // a path or query parameter of a type or form the view does not take
    uri_too_long,
    headers_too_large,
    body_too_large,
    request_timeout,
    unauthorized,  // the admin listener, without or with a wrong token

    // Redis. Requests go on without it; what insists on it (an invalidation, the admin) tells these.
    redis_unavailable,  // no connection, or too many commands under way, or the connection ended before the answer
    redis_timeout,      // no answer in time
    redis_error,        // an error answered, or something that is no answer

    // nearside's own.
    out_of_descriptors,  // no file descriptor was left to reach the upstream with
    cancelled,
    shutting_down,
    internal,
};

std::string_view to_string(errc code) noexcept;

// What went wrong, for people (`detail` may be empty) and for programs (`code`). Never holds a secret:
// details are written into problem documents and logs.
struct error {
    errc code = errc::internal;
    std::string detail;
    std::chrono::seconds retry_after{0};  // when trying again may help; 0: unknown

    friend bool operator==(const error& left, errc right) noexcept { return left.code == right; }
};

// Makes result<T>::value() throw; on the hot path ask has_value() instead.
[[noreturn]] void throw_exception_from_error(const error& failure, const boost::source_location& where);

template <class T>
using result = boost::system::result<T, error>;

}  // namespace nearside
