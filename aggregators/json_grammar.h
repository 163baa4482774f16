// The grammar of JSON's numbers and words (RFC 8259 3 and 6), fast. Each function looks at a text that is followed by
// at least 32 readable bytes (a buffer's padding). Pure; any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace nearside::aggregators {

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

// How many digits `at` begins with.
inline std::size_t count_digits(const char* at) noexcept {
    using bytes16 = unsigned char __attribute__((vector_size(16)));
    using bools16 = bool __attribute__((ext_vector_type(16)));
    std::size_t count = 0;
    while (true) {
        bytes16 bytes;
        std::memcpy(&bytes, at + count, sizeof bytes);
        bytes -= '0';
        const auto digits = __builtin_bit_cast(std::uint16_t, __builtin_convertvector(bytes < 10, bools16));
        if (digits != 0xffff) return count + static_cast<std::size_t>(std::countr_one(digits));
        count += 16;
    }
}

inline bool is_number(const char* at) noexcept {
    if (*at == '-') ++at;
    std::size_t digits = count_digits(at);
    if (digits == 0 || (digits > 1 && *at == '0')) return false;
    at += digits;
    if (*at == '.') {
        ++at;
        digits = count_digits(at);
        if (digits == 0) return false;
        at += digits;
    }
    if ((*at | 0x20) == 'e') {
        ++at;
        if (*at == '+' || *at == '-') ++at;
        if (!is_digit(*at)) return false;
        while (is_digit(*at))
            ++at;
    }
    return ends_scalar(*at);
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

}  // namespace nearside::aggregators
