// What the distance is like, and how people write it. Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nearside::farlink {

using nanoseconds = std::chrono::nanoseconds;

struct link_settings {
    nanoseconds round_trip = std::chrono::milliseconds(260);
    std::uint64_t bits_per_second = 0;             // each way; 0: no limit
    double loss = 0;                               // share of packets, each way
    std::uint64_t queue_bytes = 16 * 1024 * 1024;  // waiting for their turn on the line; more is dropped
    std::uint64_t seed = 1;

    nanoseconds one_way() const noexcept { return round_trip / 2; }
};

// `260ms`, `0.26s`, `800us`
std::optional<nanoseconds> parse_duration(std::string_view text);
// `100Mbit`, `1Gbit`, `500kbit`: a second
std::optional<std::uint64_t> parse_bandwidth(std::string_view text);
// `0.1%`, `0.001`
std::optional<double> parse_share(std::string_view text);

}  // namespace nearside::farlink
