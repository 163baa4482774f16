#include "proxy/stream_id.h"

#include <array>
#include <charconv>

namespace nearside::proxy {

namespace {

constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t epoch_size = 8;

}  // namespace

std::string make_stream_epoch(std::uint64_t random) {
    std::string epoch(epoch_size, '0');
    for (char& letter : epoch) {
        letter = letters[random % letters.size()];
        random /= letters.size();
    }
    return epoch;
}

void append_position(std::string& id, std::string_view epoch, std::uint64_t sequence) {
    if (!id.empty()) id += '.';
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), sequence).ptr;
    id.append(epoch).append("-").append(digits.data(), end);
}

stream_positions::stream_positions(std::string_view id) {
    while (!id.empty() && known_.size() < most) {
        const auto dot = id.find('.');
        const std::string_view one = id.substr(0, dot);
        id.remove_prefix(dot == std::string_view::npos ? id.size() : dot + 1);
        const auto dash = one.find('-');
        if (dash == std::string_view::npos) continue;
        const std::string_view digits = one.substr(dash + 1);
        std::uint64_t sequence = 0;
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
        if (failed != std::errc() || end != digits.data() + digits.size()) continue;
        known_.emplace_back(one.substr(0, dash), sequence);
    }
}

std::optional<std::uint64_t> stream_positions::find(std::string_view epoch) const noexcept {
    for (const auto& [known, sequence] : known_) {
        if (known == epoch) return sequence;
    }
    return std::nullopt;
}

}  // namespace nearside::proxy
