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

// A few dozen nanoseconds for what people write. Each `**` but the last is settled once; what follows it is tried at
// each place of the path, whose segments bound what the single stars cost there.
bool path_matches(std::string_view pattern, std::string_view path) noexcept;

}  // namespace nearside::cache
