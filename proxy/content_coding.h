// Decodes bodies of their content codings (RFC 9110 8.4): gzip, deflate, br, zstd, several in a row. Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/error.h"

#include <cstdint>
#include <string_view>

namespace nearside::proxy {

// What is offered to upstreams.
inline constexpr std::string_view accepted_codings = "gzip, br, zstd";

// `codings`: the combined value of Content-Encoding; empty and `identity` give the body back as it is. Never holds more
// than `most_bytes` of output, however well the body was compressed.
// Errors: bad_content_coding (unknown, truncated, corrupt, bytes after the end), response_too_large.
result<buffer> decode_content(std::string_view codings, buffer coded, std::uint64_t most_bytes);

}  // namespace nearside::proxy
