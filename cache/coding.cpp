#include "cache/coding.h"

#include "core/ascii.h"

#include <string>

namespace nearside::cache {

namespace {

// qvalue (RFC 9110 12.4.2) in thousandths; 0 for what is none.
std::uint16_t thousandths(std::string_view text) noexcept {
    if (text.empty() || (text.front() != '0' && text.front() != '1')) return 0;
    std::uint16_t value = text.front() == '1' ? 1000 : 0;
    if (text.size() == 1) return value;
    if (text[1] != '.' || text.size() > 5) return 0;
    std::uint16_t place = 100;
    for (const char digit : text.substr(2)) {
        if (!is_digit(digit)) return 0;
        value = static_cast<std::uint16_t>(value + (digit - '0') * place);
        place /= 10;
    }
    return value > 1000 ? 0 : value;
}

}  // namespace

std::uint16_t weight_of(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const std::string_view one = trimmed(parameters.substr(0, end));
        if (one.size() >= 2 && (one[0] == 'q' || one[0] == 'Q') && one[1] == '=') return thousandths(one.substr(2));
        parameters = end == std::string_view::npos ? std::string_view{} : parameters.substr(end + 1);
    }
    return 1000;
}

std::string_view to_string(coding which) noexcept {
    switch (which) {
        case coding::identity:
            return "identity";
        case coding::gzip:
            return "gzip";
        case coding::br:
            return "br";
        case coding::zstd:
            return "zstd";
    }
    return "";
}

std::optional<coding> coding_of(std::string_view content_encoding) noexcept {
    const std::string_view name = trimmed(content_encoding);
    if (name.empty() || iequals(name, "identity")) return coding::identity;
    if (iequals(name, "gzip") || iequals(name, "x-gzip")) return coding::gzip;
    if (iequals(name, "br")) return coding::br;
    if (iequals(name, "zstd")) return coding::zstd;
    return std::nullopt;
}

accepted_codings::accepted_codings(const header_fields& request) {
    constexpr std::uint16_t unsaid = 0xffff;
    weight_.fill(unsaid);
    std::uint16_t any = unsaid;
    for (const header_fields::field& each : request) {
        if (!iequals(each.name, "accept-encoding")) continue;
        for_each_member(each.value, [&](std::string_view member) {
            says_nothing_ = false;
            const auto end = member.find(';');
            const std::string_view name = trimmed(member.substr(0, end));
            const std::uint16_t weight =
                end == std::string_view::npos ? std::uint16_t{1000} : weight_of(member.substr(end + 1));
            if (name == "*") {
                any = weight;
            } else if (const auto known = coding_of(name)) {
                weight_[static_cast<std::size_t>(*known)] = weight;
            }
        });
    }
    for (std::size_t at = 0; at < coding_count; ++at) {
        if (weight_[at] != unsaid) continue;
        // Identity is taken unless it, or everything that isn't named, is refused; least of all where others are named.
        const bool is_identity = at == static_cast<std::size_t>(coding::identity);
        if (any != unsaid) {
            weight_[at] = any;
        } else if (says_nothing_) {
            weight_[at] = is_identity ? 1000 : 500;
        } else {
            weight_[at] = is_identity ? 1 : 0;
        }
    }
}

std::optional<coding> accepted_codings::prefers(std::span<const coding> at_hand) const noexcept {
    std::optional<coding> best;
    for (const coding each : at_hand) {
        const std::uint16_t weight = weight_[static_cast<std::size_t>(each)];
        if (weight > 0 && (!best || weight > weight_[static_cast<std::size_t>(*best)])) best = each;
    }
    return best;
}

}  // namespace nearside::cache
