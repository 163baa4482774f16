// What several fuzzers need: a check that stays in every build, and input that is made of lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace nearside::fuzzing {

inline void must(bool holds) {
    if (!holds) std::abort();
}

// Takes the next line off `rest`.
inline std::string_view line_of(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

}  // namespace nearside::fuzzing
