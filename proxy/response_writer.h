// Renders response heads for HTTP/1.1 (RFC 9112 4, 6): the status line, a handler's fields, and the fields of framing
// and connection, which belong to the session. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearside::proxy {

enum class response_framing { no_body, length, chunked, until_close };

// RFC 9112 6.3: whatever the head says, no body follows (nor after a HEAD).
bool has_no_body(int status) noexcept;

void write_status_line(std::string& out, int status);

// Without the fields that a session owns: Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade and, but
// for `keep_length`, Content-Length. A field with a line break or NUL in it is dropped: it would end the head early.
void write_fields(std::string& out, const header_fields& fields, bool keep_length = false);

// The client said `TE: trailers` (RFC 9110 6.5.1).
bool takes_trailers(const header_fields& request);
// The trailer section behind a chunked body: without what could change how the message is framed, routed or
// understood (RFC 9110 6.5.1).
void write_trailers(std::string& out, const header_fields& trailers);

// Content-Length or Transfer-Encoding.
void write_framing(std::string& out, response_framing framing, std::uint64_t length);

}  // namespace nearside::proxy
