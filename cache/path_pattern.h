// Patterns over the paths that clients ask for: `*` stands for any number of bytes within a segment, `**` for any
// number of them, slashes included; everything else for itself. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace nearside::cache {

constexpr std::size_t longest_pattern = 1'024;  // bytes

// Whether it is one: begins with a slash, is no longer than longest_pattern, and holds neither control characters nor
// a query or fragment.
bool is_path_pattern(std::string_view text) noexcept;

// Costs at most the product of both lengths.
bool path_matches(std::string_view pattern, std::string_view path) noexcept;

}  // namespace nearside::cache
