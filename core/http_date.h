// HTTP dates (RFC 9110 5.6.7). Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace nearside {

using http_time = std::chrono::sys_seconds;

// IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(http_time when);

// Accepts the three forms a recipient must accept, in any letter case; nullopt for anything else. `now` places the
// two-digit year of the obsolete RFC 850 form: what seems more than 50 years ahead is a century earlier.
std::optional<http_time> parse_http_date(std::string_view text, http_time now);

}  // namespace nearside
