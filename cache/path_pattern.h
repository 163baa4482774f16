// Patterns over the paths that clients ask for: `*` stands for any number of bytes within a segment, `**` for any
// number of them, slashes included; everything else for itself. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nearside::cache {

constexpr std::size_t longest_pattern = 1'024;  // bytes

// Whether it is one: begins with a slash, is no longer than longest_pattern, and holds neither control characters nor
// a query or fragment.
bool is_path_pattern(std::string_view text) noexcept;

// A path, or a pattern, as they are compared: decoded segment by segment, so that a slash which was encoded doesn't
// part them. What can't be decoded stays as it is.
std::string comparable_path(std::string_view path);

// No star is in it: it matches itself alone.
inline bool is_exact_path(std::string_view pattern) noexcept {
    return pattern.find('*') == std::string_view::npos;
}

// A few dozen nanoseconds for what people write. Each `**` but the last is settled once; what follows it is tried at
// each place of the path, whose segments bound what the single stars cost there.
bool path_matches(std::string_view pattern, std::string_view path) noexcept;

}  // namespace nearside::cache
