// Whether bytes are one JSON document (RFC 8259), without building anything of it. Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/error.h"

#include <cstdint>
#include <optional>

namespace nearside::aggregators {

// invalid_json or depth_limit, with the byte at which it shows; nothing when all is well.
std::optional<error> check_json(const buffer& document, std::uint32_t depth_limit);

}  // namespace nearside::aggregators
