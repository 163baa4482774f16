// What a request prefers (RFC 7240): to wait for a change. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <chrono>
#include <optional>

namespace nearside::proxy {

// `Prefer: wait=N`; the first counts (RFC 7240 2). Nothing where it isn't given, or is no number of seconds.
std::optional<std::chrono::seconds> wait_preferred(const header_fields& request);

}  // namespace nearside::proxy
