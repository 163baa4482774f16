#include "aggregators/json_text.h"

#include "aggregators/json_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace nearside::aggregators {
namespace {

void append_utf8(std::uint32_t code, std::string& out) {
    const auto byte = [&](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0 | code >> 6);
        byte(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        byte(0xe0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3f));
        byte(0x80 | (code & 0x3f));
    } else {
        byte(0xf0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3f));
        byte(0x80 | (code >> 6 & 0x3f));
        byte(0x80 | (code & 0x3f));
    }
}

std::uint32_t hex4(std::string_view text) noexcept {
    std::uint32_t code = 0;
    const std::string_view digits = text.substr(0, 4);
    std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    return code;
}

// A number as sign * 0.DIGITS * 10^exponent, digits without zeros at either end; zero has none.
struct decimal {
    int sign = 0;
    std::string digits;
    // Exponents beyond any that matter saturate; they then only compare as huge or tiny.
    std::int64_t exponent = 0;
};

decimal read_decimal(std::string_view text) {
    constexpr std::int64_t most = std::int64_t{1} << 60;
    decimal number;
    number.sign = text.starts_with('-') ? -1 : 1;
    if (number.sign < 0) text.remove_prefix(1);
    const std::size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
    std::string_view mantissa = text.substr(0, exponent_at);
    if (exponent_at < text.size()) {
        std::string_view exponent = text.substr(exponent_at + 1);
        if (exponent.starts_with('+')) exponent.remove_prefix(1);
        const auto [end, failure] =
            std::from_chars(exponent.data(), exponent.data() + exponent.size(), number.exponent);
        if (failure != std::errc{}) number.exponent = exponent.starts_with('-') ? -most : most;
        number.exponent = std::clamp(number.exponent, -most, most);
    }
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    number.exponent += static_cast<std::int64_t>(point);
    number.digits = mantissa.substr(0, point);
    if (point < mantissa.size()) number.digits += mantissa.substr(point + 1);
    const std::size_t leading = std::min(number.digits.find_first_not_of('0'), number.digits.size());
    number.exponent -= static_cast<std::int64_t>(leading);
    number.digits.erase(0, leading);
    number.digits.erase(number.digits.find_last_not_of('0') + 1);
    if (number.digits.empty()) number = {};
    return number;
}

}  // namespace

bool decode_json_string(std::string_view raw, std::string& out) {
    raw = raw.substr(1, raw.size() - 2);
    while (true) {
        const std::size_t plain = std::min(raw.find('\\'), raw.size());
        out.append(raw.substr(0, plain));
        if (plain == raw.size()) return true;
        const char kind = raw[plain + 1];
        raw.remove_prefix(plain + 2);
        switch (kind) {
            case 'b':
                out.push_back('\b');
                break;
            case 'f':
                out.push_back('\f');
                break;
            case 'n':
                out.push_back('\n');
                break;
            case 'r':
                out.push_back('\r');
                break;
            case 't':
                out.push_back('\t');
                break;
            case 'u': {
                std::uint32_t code = hex4(raw);
                raw.remove_prefix(4);
                if (code >= 0xdc00 && code < 0xe000) return false;
                if (code >= 0xd800 && code < 0xdc00) {
                    if (!raw.starts_with("\\u")) return false;
                    const std::uint32_t low = hex4(raw.substr(2));
                    if (low < 0xdc00 || low >= 0xe000) return false;
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    raw.remove_prefix(6);
                }
                append_utf8(code, out);
                break;
            }
            default:
                out.push_back(kind);
        }
    }
}

std::strong_ordering compare_json_numbers(std::string_view left, std::string_view right) {
    const decimal a = read_decimal(left);
    const decimal b = read_decimal(right);
    if (a.sign != b.sign) return a.sign <=> b.sign;
    if (a.sign == 0) return std::strong_ordering::equal;
    std::strong_ordering order = a.exponent <=> b.exponent;
    if (order == 0) order = a.digits.compare(b.digits) <=> 0;
    return a.sign > 0 ? order : 0 <=> order;
}

bool is_json_number(std::string_view text) {
    const auto take_digits = [&] {
        const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(count);
        return count;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool zero = text.starts_with('0');
    const std::size_t whole = take_digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (take_digits() == 0) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (take_digits() == 0) return false;
    }
    return text.empty();
}

std::partial_ordering compare_json(std::string_view raw, const json_literal& literal) {
    const auto unordered = std::partial_ordering::unordered;
    if (raw.empty()) return unordered;
    const auto same = [&](bool equal) { return equal ? std::partial_ordering::equivalent : unordered; };
    switch (literal.is) {
        case json_literal::kind::null:
            return same(raw == "null");
        case json_literal::kind::boolean:
            return same(raw == (literal.truth ? "true" : "false"));
        case json_literal::kind::number:
            if (raw.front() != '-' && !is_digit(raw.front())) return unordered;
            return compare_json_numbers(raw, literal.text);
        case json_literal::kind::string: {
            if (raw.front() != '"') return unordered;
            // UTF-8 sorts by bytes as Unicode does by code points, which is the order RFC 9535 asks for.
            if (raw.find('\\') == std::string_view::npos) return raw.substr(1, raw.size() - 2) <=> literal.text;
            std::string text;
            if (!decode_json_string(raw, text)) return unordered;
            return text <=> literal.text;
        }
    }
    return unordered;
}

}  // namespace nearside::aggregators
