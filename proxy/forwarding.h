// What changes in a message that passes through a route, on its way to the upstream and back (RFC 9110 7.6, RFC 7239).
// Pure; any thread.
//
// Towards the upstream: every field passes, Authorization and Cookie too (`forward` is about views); those of the
// client's connection are removed, Host becomes the upstream's, Via is appended, Forwarded gets one more element, and
// X-Forwarded-For, -Proto and -Host are kept as well, since most frameworks read only those. Expect is answered here.
// TE is not passed: trailers would have to be dropped on the way back. Towards the client: fields of the upstream's
// connection are removed, Via is appended, Cache-Status is appended.
#pragma once

#include "config/settings.h"
#include "core/error.h"
#include "core/http_message.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

struct client_facts {
    std::string_view address;    // IP, without port
    std::string_view scheme;     // of the client's connection
    std::string_view authority;  // Host as sent; may be empty
};

// Whether some reader may take a segment of the path for `.` or `..`: also percent-encoded, after an encoded slash or
// a backslash, or before a `;`. Such a path could leave the route's, or the upstream's base path.
bool has_dot_segment(std::string_view path) noexcept;

// host[:port] as the upstream's Host field says it; the port only where it isn't the scheme's own.
std::string host_field(const config::upstream_settings& upstream);

enum class upload_framing { none, length, chunked };

// Whoever gets it answers it, and sends it to nobody (RFC 9110 7.6.2).
bool is_last_recipient(const request_head& request);

// The bytes of the head that the upstream gets, with the empty line. Errors: bad_request (a path with dot segments).
result<std::string> upstream_request_head(const request_head& from_client, const client_facts& client,
                                          const config::upstream_settings& upstream, std::string_view name,
                                          upload_framing framing, std::optional<std::uint64_t> length);

// The fields that the client gets. `head` is the upstream's; `cache_status` is this cache's member of Cache-Status (RFC
// 9211), which comes last: the one nearest to the client. Empty: none.
void prepare_for_client(response_head& head, std::string_view name, std::string_view cache_status);

}  // namespace nearside::proxy
