// links: cache config core
// What is read of a Structured Field, written in its one canonical form (RFC 9651 4.1) and read again, is the same.
#include "cache/structured_field.h"
#include "tests/fuzz/fuzzing.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nearside::fuzzing::must;
using namespace nearside::cache;

struct writer {
    std::string out;

    void operator()(std::int64_t number) { out += std::to_string(number); }
    void operator()(const sf_decimal& number) {
        const bool negative = number.thousandths < 0;
        const std::int64_t size = negative ? -number.thousandths : number.thousandths;
        const std::string fraction = std::to_string(1'000 + size % 1'000);
        out.append(negative ? "-" : "").append(std::to_string(size / 1'000)).append(".").append(fraction, 1, 3);
    }
    void operator()(const std::string& text) {
        out += '"';
        for (const char letter : text) {
            if (letter == '"' || letter == '\\') out += '\\';
            out += letter;
        }
        out += '"';
    }
    void operator()(const sf_token& token) { out += token.text; }
    void operator()(const sf_bytes& bytes) {
        static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        out += ':';
        std::uint32_t kept = 0;
        int bits = 0;
        for (const char letter : bytes.bytes) {
            kept = (kept << 8 | static_cast<unsigned char>(letter)) & 0xfffffU;
            for (bits += 8; bits >= 6; bits -= 6)
                out += digits[kept >> (bits - 6) & 63U];
        }
        if (bits != 0) out += digits[kept << (6 - bits) & 63U];
        out += ':';
    }
    void operator()(bool said) { out += said ? "?1" : "?0"; }
    void operator()(const sf_date& date) { out.append("@").append(std::to_string(date.seconds)); }
    void operator()(const sf_display_string& text) {
        static constexpr std::string_view digits = "0123456789abcdef";
        out += "%\"";
        for (const char letter : text.text) {
            const auto byte = static_cast<unsigned char>(letter);
            if (letter == '%' || letter == '"' || byte < 0x20 || byte > 0x7e) {
                out.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
            } else {
                out += letter;
            }
        }
        out += '"';
    }

    void parameters(const sf_parameters& list) {
        for (const auto& [name, value] : list) {
            out.append(";").append(name).append("=");
            std::visit(*this, value);
        }
    }
    void operator()(const sf_item& item) {
        std::visit(*this, item.value);
        parameters(item.parameters);
    }
    void operator()(const sf_inner_list& list) {
        out += '(';
        for (const sf_item& each : list.items) {
            if (!out.ends_with('(')) out += ' ';
            (*this)(each);
        }
        out += ')';
        parameters(list.parameters);
    }
};

std::string written(const sf_list& list) {
    writer to;
    for (const sf_member& each : list) {
        if (!to.out.empty()) to.out += ", ";
        std::visit(to, each);
    }
    return to.out;
}

std::string written(const sf_dictionary& dictionary) {
    writer to;
    for (const auto& [name, member] : dictionary) {
        if (!to.out.empty()) to.out += ", ";
        to.out.append(name).append("=");
        std::visit(to, member);
    }
    return to.out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    if (const auto list = parse_sf_list(value)) {
        must(list->size() <= most_sf_members);
        must(parse_sf_list(written(*list)) == list);
    }
    if (const auto dictionary = parse_sf_dictionary(value)) {
        must(dictionary->size() <= most_sf_members);
        must(parse_sf_dictionary(written(*dictionary)) == dictionary);
    }
    if (const auto item = parse_sf_item(value)) {
        writer to;
        to(*item);
        must(parse_sf_item(to.out) == item);
        must(parse_sf_list(value).has_value());
    }
    return 0;
}
