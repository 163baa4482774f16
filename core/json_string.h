// Text as a JSON string (RFC 8259 7). Control characters, also those that only terminals obey, are escaped, and bytes
// that are not UTF-8 become U+FFFD: what is written is valid whatever came in. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nearside {

// Without the quotes.
void append_json_escaped(std::string& out, std::string_view text);
// With them.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);
// An array of strings.
void append_json_list(std::string& out, const std::vector<std::string>& texts);

}  // namespace nearside
