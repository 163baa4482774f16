// The members of an object by the text of their names, for comparing two objects. One thread.
#pragma once

#include "aggregators/json_tape.h"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

struct named_value {
    std::string_view name;  // its text, without escapes
    json_tape::place value = 0;
};

// Keeps the texts of names that have escapes.
using decoded_names = std::deque<std::string>;

// In the document's order, appended to `members`. False where a name is half a surrogate pair, which is no text that a
// JSON pointer could tell.
bool list_members(const json_tape& tape, json_tape::place object, decoded_names& names,
                  std::vector<named_value>& members);

// Whether two members have one name.
bool has_duplicates(const std::vector<named_value>& members);

// The scalar that member `name` of a value is, as its bytes: a string or a number. Empty: there is none.
std::string_view scalar_member(const json_tape& tape, json_tape::place value, std::string_view name);

}  // namespace nearside::aggregators
