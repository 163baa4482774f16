// Hexadecimal digits and percent-encoding (RFC 3986 2.1). Pure; any thread.
#pragma once

#include "core/ascii.h"

#include <optional>
#include <string>
#include <string_view>

namespace nearside {

// The value of a hexadecimal digit; -1 where it is none.
constexpr int hex_digit(char letter) noexcept {
    if (is_digit(letter)) return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

// RFC 3986 2.3: means the same encoded or not.
constexpr bool is_unreserved(char letter) noexcept {
    return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '.' || letter == '_' || letter == '~';
}

// Every byte but unreserved ones encoded; right for a path segment and for a query value alike.
void append_percent_encoded(std::string& out, std::string_view value);

// Nothing where a percent sign is not followed by two digits. `plus_is_space`: as HTML forms write queries.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

}  // namespace nearside
