#include "core/utf8.h"

namespace nearside {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

}  // namespace

// The table of RFC 3629 4.
std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept {
    const unsigned char first = byte_at(text, at);
    if (first < 0x80) return 1;
    std::size_t size = 0;
    unsigned char lowest = 0x80;
    unsigned char highest = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        size = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        size = 3;
        if (first == 0xE0) lowest = 0xA0;   // no overlong form
        if (first == 0xED) highest = 0x9F;  // no surrogate
    } else if (first >= 0xF0 && first <= 0xF4) {
        size = 4;
        if (first == 0xF0) lowest = 0x90;
        if (first == 0xF4) highest = 0x8F;  // nothing beyond U+10FFFF
    } else {
        return 0;
    }
    if (text.size() - at < size) return 0;
    if (byte_at(text, at + 1) < lowest || byte_at(text, at + 1) > highest) return 0;
    for (std::size_t next = 2; next < size; ++next) {
        if ((byte_at(text, at + next) & 0xC0U) != 0x80U) return 0;
    }
    return size;
}

std::size_t find_invalid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = utf8_sequence(text, at);
        if (size == 0) return at;
        at += size;
    }
    return std::string_view::npos;
}

}  // namespace nearside
