#include "cache/redis_slots.h"

#include "cache/redis_answers.h"

#include <algorithm>
#include <charconv>

namespace nearside::cache {

namespace {

// CRC-16/XMODEM, as the cluster specification of Redis wants it.
constexpr std::array<std::uint16_t, 256> make_crc_table() {
    constexpr std::uint16_t polynomial = 0x1021;
    std::array<std::uint16_t, 256> table{};
    for (std::size_t at = 0; at < table.size(); ++at) {
        auto value = static_cast<std::uint16_t>(at << 8U);
        for (int bit = 0; bit < 8; ++bit) {
            const bool high = (value & 0x8000U) != 0;
            value = static_cast<std::uint16_t>(value << 1U);
            if (high) value = static_cast<std::uint16_t>(value ^ polynomial);
        }
        table[at] = value;
    }
    return table;
}

std::uint16_t crc16(std::string_view bytes) noexcept {
    static constexpr auto table = make_crc_table();
    std::uint16_t sum = 0;
    for (const char each : bytes) {
        const auto at = static_cast<std::size_t>(((sum >> 8U) ^ static_cast<unsigned char>(each)) & 0xFFU);
        sum = static_cast<std::uint16_t>(static_cast<std::uint16_t>(sum << 8U) ^ table[at]);
    }
    return sum;
}

std::optional<std::uint16_t> slot_number(std::int64_t number) noexcept {
    if (number < 0 || number >= static_cast<std::int64_t>(redis_slots)) return std::nullopt;
    return static_cast<std::uint16_t>(number);
}

}  // namespace

std::uint16_t redis_slot_of(std::string_view key) noexcept {
    const std::size_t open = key.find('{');
    if (open != std::string_view::npos) {
        const std::size_t close = key.find('}', open + 1);
        if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
    }
    return crc16(key) % redis_slots;
}

std::optional<redis_redirection> parse_redirection(std::string_view text, const std::string& asked_host) {
    const std::size_t first = text.find(' ');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find(' ', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::string_view number = text.substr(first + 1, second - first - 1);
    std::int64_t slot = -1;
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), slot);
    if (failure != std::errc{} || end != number.data() + number.size() || !slot_number(slot)) return std::nullopt;

    const std::string_view node = text.substr(second + 1);
    const std::size_t colon = node.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_port(node.substr(colon + 1));
    if (!port) return std::nullopt;
    const std::string_view host = node.substr(0, colon);
    return redis_redirection{*slot_number(slot), {host.empty() ? asked_host : std::string(host), *port}};
}

std::optional<redis_slot_table> redis_slot_table::parse(const redis_reply& slots, const std::string& asked_host) {
    constexpr std::size_t with_primary = 3;  // first slot, last slot, primary; replicas follow
    redis_slot_table table;
    for (const redis_reply& range : slots.items) {
        if (range.items.size() < with_primary || range.items[2].items.size() < 2) return std::nullopt;
        const auto first = slot_number(range.items[0].integer), last = slot_number(range.items[1].integer);
        const redis_reply& host = range.items[2].items[0];
        const std::int64_t port = range.items[2].items[1].integer;
        constexpr std::int64_t most_port = 65'535;
        if (!first || !last || *first > *last || port <= 0 || port > most_port) return std::nullopt;
        // "?": the node doesn't know its own address yet.
        const bool unnamed = host.text().empty() || host.text() == "?";
        const auto index =
            table.index_of({unnamed ? asked_host : std::string(host.text()), static_cast<std::uint16_t>(port)});
        if (!index) return std::nullopt;
        std::fill(table.owner_.begin() + *first, table.owner_.begin() + *last + 1, *index);
    }
    if (!table.known()) return std::nullopt;
    return table;
}

std::optional<std::uint16_t> redis_slot_table::index_of(const endpoint& node) {
    const auto found = std::find(nodes_.begin(), nodes_.end(), node);
    const auto at = static_cast<std::size_t>(found - nodes_.begin());
    if (found == nodes_.end()) {
        if (nodes_.size() >= most_nodes) return std::nullopt;
        nodes_.push_back(node);
    }
    return static_cast<std::uint16_t>(at + 1);
}

const redis_slot_table::endpoint* redis_slot_table::owner(std::uint16_t slot) const noexcept {
    const std::uint16_t index = owner_[slot];
    return index == 0 ? nullptr : &nodes_[index - 1U];
}

void redis_slot_table::assign(std::uint16_t slot, const endpoint& to) {
    if (const auto index = index_of(to)) owner_[slot] = *index;
}

std::vector<redis_slot_table::endpoint> redis_slot_table::owners() const {
    std::vector<bool> holds(nodes_.size() + 1, false);
    for (const std::uint16_t each : owner_)
        holds[each] = true;
    std::vector<endpoint> found;
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
        if (holds[at + 1]) found.push_back(nodes_[at]);
    }
    return found;
}

}  // namespace nearside::cache
