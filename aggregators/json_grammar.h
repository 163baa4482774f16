// The grammar of JSON's numbers and words (RFC 8259 3 and 6), fast. Each function looks at a text that is followed by
// at least 32 readable bytes (a buffer's padding). Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace nearside::aggregators {

// What a value that begins with this byte is to the reader.
enum class value_class : std::uint8_t { none, checked, word, container };

// Strings and numbers have been checked by the index when the reader comes to them.
inline constexpr std::array<value_class, 256> value_classes = [] {
    std::array<value_class, 256> classes{};
    for (const char c : {'"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'})
        classes[static_cast<unsigned char>(c)] = value_class::checked;
    for (const char c : {'t', 'f', 'n'})
        classes[static_cast<unsigned char>(c)] = value_class::word;
    for (const char c : {'{', '['})
        classes[static_cast<unsigned char>(c)] = value_class::container;
    return classes;
}();

// What may follow a number or a word: white space, the end of an item or of a container, the end of the document.
inline bool ends_scalar(char c) noexcept {
    switch (c) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case ',':
        case ']':
        case '}':
        case '\0':
            return true;
        default:
            return false;
    }
}

inline bool is_json_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline bool is_digit(char c) noexcept {
    return static_cast<unsigned char>(c - '0') < 10;
}

inline bool is_true(const char* at) noexcept {
    return std::memcmp(at, "true", 4) == 0 && ends_scalar(at[4]);
}
inline bool is_false(const char* at) noexcept {
    return std::memcmp(at, "false", 5) == 0 && ends_scalar(at[5]);
}
inline bool is_null(const char* at) noexcept {
    return std::memcmp(at, "null", 4) == 0 && ends_scalar(at[4]);
}

inline bool is_word(const char* at) noexcept {
    return *at == 't' ? is_true(at) : *at == 'f' ? is_false(at) : is_null(at);
}

}  // namespace nearside::aggregators
