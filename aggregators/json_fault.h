// Says where and why a document is not JSON, once the fast reader has refused it. Slow and plain: one byte at a time,
// straight from the grammar of RFC 8259, which makes it the model that tests compare the fast reader with, too.
// Pure; any thread.
#pragma once

#include "core/error.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace nearside::aggregators {

// invalid_json or depth_limit with the byte at which it shows; nothing when the document is JSON.
std::optional<error> find_json_fault(std::string_view document, std::uint32_t depth_limit);

// The same for a document that the fast reader has refused: always an error.
error explain_json_fault(std::string_view document, std::uint32_t depth_limit);

}  // namespace nearside::aggregators
