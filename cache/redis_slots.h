// Which node of a cluster of Redis holds which key: hash slots (CRC16 of the key or its hash tag), the table of who
// holds them, and what nodes answer about that. Pure; the table belongs to its cluster, one thread.
#pragma once

#include "cache/redis_wire.h"
#include "config/redis_settings.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

inline constexpr std::size_t redis_slots = 16'384;

std::uint16_t redis_slot_of(std::string_view key) noexcept;

// MOVED and ASK: "MOVED 3999 127.0.0.1:6381". An empty host is the one that was asked.
struct redis_redirection {
    std::uint16_t slot = 0;
    config::redis_settings::endpoint to;
};
std::optional<redis_redirection> parse_redirection(std::string_view text, const std::string& asked_host);

class redis_slot_table {
public:
    using endpoint = config::redis_settings::endpoint;

    // Of CLUSTER SLOTS, as answered by `asked_host`. Nothing: it is no such answer, or tells of no slot.
    static std::optional<redis_slot_table> parse(const redis_reply& slots, const std::string& asked_host);

    const endpoint* owner(std::uint16_t slot) const noexcept;
    void assign(std::uint16_t slot, const endpoint& to);
    // Those that hold slots.
    std::vector<endpoint> owners() const;
    bool known() const noexcept { return !nodes_.empty(); }

private:
    // More is no cluster of Redis (the recommended bound is about 1,000).
    static constexpr std::size_t most_nodes = 4'096;
    std::optional<std::uint16_t> index_of(const endpoint& node);

    std::vector<endpoint> nodes_;
    std::array<std::uint16_t, redis_slots> owner_{};  // index into nodes_, plus one; 0: nobody
};

}  // namespace nearside::cache
