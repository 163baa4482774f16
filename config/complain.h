// Helpers for telling what is wrong in a configuration, the same way wherever it is found: here, in the planner and in
// the compiler of `out`. Pure functions; any thread.
#pragma once

#include "config/node.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::config {

using complaint_list = std::vector<complaint>;

// The second half of a complaint about a misspelt name: "did you mean `x`?", or, where nothing is near, "known here:
// `a`, `b`", or that nothing is known here.
std::string suggest_name(std::string_view name, const std::vector<std::string_view>& known);

// One complaint for each key of `mapping` that is not in `known`. `where` names the mapping for people: "a step",
// "upstream `api`".
void complain_unknown_keys(const node& mapping, const std::vector<std::string_view>& known, std::string_view where,
                           complaint_list& out);

// By file, line and column, and each only once: what different passes found comes out as one list.
void sort_complaints(complaint_list& all);

// "a mapping", "a list", "text", "nothing": what a node is, for people.
std::string_view kind_name(const node& of) noexcept;

// A piece of the file quoted for a message: in backticks, shortened, control characters shown as `?`.
std::string quote(std::string_view text);

}  // namespace nearside::config
