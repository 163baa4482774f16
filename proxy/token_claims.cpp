#include "proxy/token_claims.h"

#include "aggregators/json_path.h"
#include "aggregators/select.h"
#include "core/ascii.h"

#include <cstdint>

namespace nearside::proxy {

namespace {

constexpr std::uint32_t deepest_claims = 16;  // of JSON

// RFC 4648 5, without padding (RFC 7515 2).
std::optional<std::string> decode_base64url(std::string_view text) {
    std::string decoded;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char letter : text) {
        std::uint32_t value = 0;
        if (letter >= 'A' && letter <= 'Z')
            value = static_cast<std::uint32_t>(letter - 'A');
        else if (letter >= 'a' && letter <= 'z')
            value = static_cast<std::uint32_t>(letter - 'a' + 26);
        else if (is_digit(letter))
            value = static_cast<std::uint32_t>(letter - '0' + 52);
        else if (letter == '-' || letter == '_')
            value = letter == '-' ? 62 : 63;
        else
            return std::nullopt;
        bits = bits << 6 | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        decoded.push_back(static_cast<char>(bits >> held & 0xffU));
    }
    return decoded;
}

}  // namespace

std::optional<buffer> token_payload(const header_fields& request) {
    constexpr std::string_view scheme = "bearer ";
    const auto field = request.find("authorization");
    if (!field || field->size() <= scheme.size() || !iequals(field->substr(0, scheme.size()), scheme))
        return std::nullopt;
    const std::string_view token = trimmed(field->substr(scheme.size()));
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
    const auto payload = decode_base64url(token.substr(first + 1, second - first - 1));
    if (!payload) return std::nullopt;
    return buffer::copy_of(*payload);
}

std::optional<std::string> read_claim(const buffer& payload, std::string_view path) {
    const auto parsed = aggregators::parse_json_path(path);
    if (!parsed || !parsed->definite()) return std::nullopt;
    const auto selected =
        aggregators::select(aggregators::step_value::single(payload), {&*parsed, 1}, {deepest_claims});
    if (!selected) return std::nullopt;
    auto text = aggregators::text_of((*selected)[0].front());
    if (!text) return std::nullopt;
    return *std::move(text);
}

}  // namespace nearside::proxy
