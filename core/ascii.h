// Letters, digits, blanks and tokens as HTTP reads them: ASCII, whatever the locale. Pure; any thread.
#pragma once

#include <algorithm>
#include <array>
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

constexpr bool is_digit(char letter) noexcept {
    return letter >= '0' && letter <= '9';
}

constexpr bool is_letter(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

// tchar (RFC 9110 5.6.2). Judged for every field of a request, so each byte by one look.
inline constexpr std::array<bool, 256> token_bytes = [] {
    std::array<bool, 256> each{};
    for (unsigned byte = 0; byte < each.size(); ++byte) {
        const char letter = static_cast<char>(byte);
        each[byte] = is_letter(letter) || is_digit(letter);
    }
    for (const char mark : std::string_view("!#$%&'*+-.^_`|~"))
        each[static_cast<unsigned char>(mark)] = true;
    return each;
}();

constexpr bool is_token_byte(char letter) noexcept {
    return token_bytes[static_cast<unsigned char>(letter)];
}

// A method, a name in a header.
constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_byte);
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
