// A view as lines (application/x-ndjson): `{"part":"jobs","data":[..]}`. A line break inside a document can only be
// whitespace (RFC 8259 7), so it is left out; what holds none stays shared.
// Pure; heavy for tens of MB: call it on a worker then. Any thread.
#pragma once

#include "core/body.h"

#include <string_view>
#include <vector>

namespace nearside::aggregators {

// `name` is JSON already. With the line's end.
body part_line(std::string_view name, const body& data);
// Of a view that has no parts.
body whole_line(const body& data);

// The values of the members of an object that compose() made, in their order.
std::vector<body> split_members(const body& object);

bool same_bytes(const body& left, const body& right) noexcept;

}  // namespace nearside::aggregators
