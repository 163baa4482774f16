#include "core/percent_encoding.h"

namespace nearside {

void append_percent_encoded(std::string& out, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char byte : value) {
        if (is_unreserved(byte)) {
            out.push_back(byte);
            continue;
        }
        const auto code = static_cast<unsigned char>(byte);
        out.push_back('%');
        out.push_back(digits[code >> 4U]);
        out.push_back(digits[code & 0xFU]);
    }
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            plain += ' ';
        } else if (text[at] != '%') {
            plain += text[at];
        } else {
            if (at + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[at + 1]);
            const int low = hex_digit(text[at + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            plain += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return plain;
}

}  // namespace nearside
