// Text with references in braces, `job:{jobs[*].id}`, taken apart. What a reference may be is its reader's to say.
// Pure; any thread.
#pragma once

#include "aggregators/json_path.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

struct braced_piece {
    std::string literal;
    std::optional<std::string_view> reference{};  // after the literal: what its braces hold. Points into the text
    std::size_t offset = 0;                       // of the reference within the text
};

parsed<std::vector<braced_piece>> split_at_braces(std::string_view text);

}  // namespace nearside::aggregators
