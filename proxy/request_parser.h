// One reading of a request's head, or a refusal: what two programs could read differently is refused, not guessed
// (RFC 9112 2, 3, 5, 6). The bytes come from head_scanner, which has settled line ends and control bytes.
// Pure; any thread.
#pragma once

#include "config/settings.h"
#include "core/http_message.h"
#include "proxy/head_scanner.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::proxy {

enum class body_framing { none, length, chunked };

// What the head says about the bytes after it (RFC 9112 6.3, 9.3).
struct request_framing {
    body_framing body = body_framing::none;
    std::uint64_t length = 0;
    bool keep_alive = true;
    bool expects_continue = false;
};

struct parsed_request {
    request_head head;
    request_framing framing;
    std::string authority;  // Host; empty when HTTP/1.0 sent none
    void clear() noexcept;
};

// `head`: from the request line to the empty line, inclusive. `out` is cleared first; its memory is used again, and its
// content means nothing after a refusal.
std::optional<refusal> parse_request_head(std::string_view head, const config::client_limits& limits,
                                          parsed_request& out);

}  // namespace nearside::proxy
