// JSON strings and numbers as values: decoding, and comparing with the literal of a filter. Not for the bytes
// that go out, which stay as the upstream wrote them. Pure; any thread.
#pragma once

#include "aggregators/json_path.h"

#include <compare>
#include <string>
#include <string_view>

namespace nearside::aggregators {

// Appends what the string literal `raw` (valid JSON, quotes included) stands for, in UTF-8. False when an escape is
// half a surrogate pair: there is no such text.
bool decode_json_string(std::string_view raw, std::string& out);

// Two JSON numbers by their exact value, whatever their length: 1.0 and 1e0 are equal, 9007199254740993 and
// 9007199254740992 are not.
std::strong_ordering compare_json_numbers(std::string_view left, std::string_view right);

// Whether text is a JSON number and nothing else.
bool is_json_number(std::string_view text);

// A JSON value (its bytes; empty: nothing was selected) against a filter's literal: equivalent when equal, ordered
// between two numbers or two strings, unordered otherwise (RFC 9535 2.3.5.2.2).
std::partial_ordering compare_json(std::string_view raw, const json_literal& literal);

}  // namespace nearside::aggregators
