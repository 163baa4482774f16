// Encodes stored bodies in a content coding (RFC 9110 8.4) for clients that take it: once each, off the request path.
// Pure; any thread.
#pragma once

#include "cache/coding.h"
#include "core/body.h"

#include <optional>

namespace nearside::proxy {

// Nullopt where the encoder fails, or where the outcome would not be smaller.
std::optional<buffer> encode_content(cache::coding into, const body& content);

}  // namespace nearside::proxy
