// A view as lines (application/x-ndjson): who wants them, and those of a finished view. docs/views.md tells what they
// say. Pure; heavy for tens of MB: call it on a worker then. Any thread.
#pragma once

#include "cache/entry.h"
#include "core/body.h"
#include "core/http_message.h"
#include "proxy/problem.h"
#include "proxy/view.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::proxy {

inline constexpr std::string_view lines_type = "application/x-ndjson";

// `Accept` names the type and likes it better than JSON, which is meant by wildcards, too (RFC 9110 12.5.1). Liked
// alike and both named, it is JSON.
bool wants_lines(const header_fields& request);

// One for each part, in the order of `out`; one of all where the view has no parts.
std::vector<body> part_lines(const view& of, const body& whole);
// The last line. `detail`: why it isn't what was asked for; may be empty.
std::string end_line(const cache::entry& whole, std::string_view detail);
std::string end_line(const problem& instead);

// All of it.
body all_lines(const view& of, const cache::entry& whole, std::string_view detail);
// Its head: that of the view, but that the tag is weak, since it names the content in another form (RFC 9110 8.8.3).
response_head lines_head(const cache::entry& whole);
// The head of one whose end isn't known yet.
response_head growing_lines_head(const view& of);

}  // namespace nearside::proxy
