// The paths of views and routes as patterns. Pure; any thread.
#pragma once

#include "config/reading.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

// What is wrong with a literal path; empty when nothing is. A path starts with `/` and holds no empty or dot segments,
// nothing but the characters of RFC 3986 3.3, and whole percent triplets. One `/` at the end is part of it.
std::string find_path_fault(std::string_view path);

// Whether a path can bring this as the value of `{name}`, encoded where that is needed: a segment that isn't empty, nor
// one that whoever reads a URL resolves (RFC 3986 5.2.4, `%2e` included).
bool can_be_captured(std::string_view value) noexcept;

// A name that a reference can use: letters, digits, `_` and `-`, starting with a letter or `_`, and not one of the
// words that stand for themselves (true, false, null).
bool is_identifier(std::string_view text) noexcept;

struct path_pattern {
    // What its segments capture, in order: the name of `{name}`, empty for `*` and `**`.
    std::vector<std::string> parameters;
    // The same for patterns that match the same paths, whatever their parameters are called.
    std::string shape;
};

// `/views/projects/{id}`: each `{name}` is a whole segment, and named once.
reading<path_pattern> parse_view_path(std::string_view text);

// `/api/jobs/*` or `/api/jobs/{id}` (one segment), `/api/**` (what follows, last only), or exact.
reading<path_pattern> parse_route_path(std::string_view text);

}  // namespace nearside::config
