// The grammar of JSON's numbers and words (RFC 8259 3 and 6), fast. Each function looks at a text that is followed by
// at least 32 readable bytes (a buffer's padding). Pure; any thread.
#pragma once

#include "core/ascii.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nearside::aggregators {

// What stands where the index has a mark: brackets, colons and commas as themselves, and the first bytes of scalars by
// what they begin. Strings and numbers have been checked by the index when the reader comes to them, words have not.
namespace mark {

inline constexpr std::uint8_t end = 0;        // of the document; or a byte that is not ASCII
inline constexpr std::uint8_t garbage = 1;    // what no value begins with
inline constexpr std::uint8_t space = 2;      // never has a mark
inline constexpr std::uint8_t scalar = 0x80;  // the bit that all of these have:
inline constexpr std::uint8_t string = scalar | 1;
inline constexpr std::uint8_t number = scalar | 2;
inline constexpr std::uint8_t plain_number = scalar | 3;  // of digits alone, where that is known at a glance
inline constexpr std::uint8_t word = scalar | 4;

}  // namespace mark

inline constexpr std::array<std::uint8_t, 256> mark_kinds = [] {
    std::array<std::uint8_t, 256> kinds{};
    for (unsigned byte = 1; byte < 128; ++byte)
        kinds[byte] = mark::garbage;
    for (const char c : {' ', '\t', '\n', '\r'})
        kinds[static_cast<unsigned char>(c)] = mark::space;
    for (const char c : {'{', '}', '[', ']', ':', ','})
        kinds[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(c);
    for (const char c : {'-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'})
        kinds[static_cast<unsigned char>(c)] = mark::number;
    for (const char c : {'t', 'f', 'n'})
        kinds[static_cast<unsigned char>(c)] = mark::word;
    kinds['"'] = mark::string;
    return kinds;
}();

// What may follow a number or a word: white space, the end of an item or of a container, the end of the document.
inline constexpr std::array<bool, 256> scalar_ends = [] {
    std::array<bool, 256> ends{};
    for (const char c : {' ', '\t', '\n', '\r', ',', ']', '}', '\0'})
        ends[static_cast<unsigned char>(c)] = true;
    return ends;
}();

inline bool ends_scalar(char c) noexcept {
    return scalar_ends[static_cast<unsigned char>(c)];
}

// Bytes that are neither part of a number or a word nor garbage: whether they may stand behind a number is seen when
// the structure is read.
inline constexpr std::array<bool, 256> number_ends = [] {
    std::array<bool, 256> ends{};
    for (unsigned byte = 0; byte <= ' '; ++byte)
        ends[byte] = true;
    for (const char c : {'{', '}', '[', ']', ':', ',', '"'})
        ends[static_cast<unsigned char>(c)] = true;
    return ends;
}();

inline bool ends_number(char c) noexcept {
    return number_ends[static_cast<unsigned char>(c)];
}

inline bool is_json_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// How many digits the first eight bytes here begin with.
inline std::size_t first_digits(const char* at) noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    // A digit is 0 to 9 now, and anything else gets its highest bit set; a carry may do so to the bytes behind it.
    bytes ^= 0x3030'3030'3030'3030;
    const std::uint64_t others = ((bytes + 0x7676'7676'7676'7676) | bytes) & 0x8080'8080'8080'8080;
    return static_cast<std::size_t>(std::countr_zero(others)) / 8;
}

// Whether a number of digits alone begins here, at most eight of them. Without a branch.
inline bool is_plain_number(const char* at) noexcept {
    const std::size_t count = first_digits(at);
    const unsigned some = count > 0 ? 1 : 0;
    const unsigned ends = ends_number(at[count]) ? 1 : 0;
    const unsigned no_zero_first = (count == 1 ? 1U : 0U) | (*at != '0' ? 1U : 0U);
    return (some & ends & no_zero_first) != 0;
}

// Of a word, the last four bytes, by the lower five bits of its first one.
inline constexpr std::array<std::uint32_t, 32> word_ends = [] {
    std::array<std::uint32_t, 32> ends{};
    ends['t' & 31] = std::bit_cast<std::uint32_t>(std::array{'t', 'r', 'u', 'e'});
    ends['f' & 31] = std::bit_cast<std::uint32_t>(std::array{'a', 'l', 's', 'e'});
    ends['n' & 31] = std::bit_cast<std::uint32_t>(std::array{'n', 'u', 'l', 'l'});
    return ends;
}();

// Whether one of the three stands here, of which the first letter does. Which one it is has no pattern, so there is no
// branch on it.
inline bool is_word(const char* at) noexcept {
    const std::size_t rest = *at == 'f' ? 1 : 0;
    std::uint32_t found;
    std::memcpy(&found, at + rest, sizeof found);
    const unsigned same = found == word_ends[static_cast<unsigned char>(*at) & 31] ? 1 : 0;
    const unsigned ends = ends_scalar(at[rest + sizeof found]) ? 1 : 0;
    return (same & ends) != 0;
}

// Whether any number begins here.
bool is_number(const char* at) noexcept;

}  // namespace nearside::aggregators
