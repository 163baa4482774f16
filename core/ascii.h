// Letters and blanks as HTTP reads them: ASCII, whatever the locale. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace nearside {

constexpr char to_lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

inline std::string lower_case(std::string_view text) {
    std::string lowered(text);
    for (char& letter : lowered)
        letter = to_lower(letter);
    return lowered;
}

// What OWS is made of (RFC 9110 5.6.3).
constexpr bool is_blank(char letter) noexcept {
    return letter == ' ' || letter == '\t';
}

// Without the blanks around it.
constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

}  // namespace nearside
