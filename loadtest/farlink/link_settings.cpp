#include "loadtest/farlink/link_settings.h"

#include <charconv>
#include <utility>

namespace nearside::farlink {

namespace {

// A number and the unit behind it.
std::optional<std::pair<double, std::string_view>> split(std::string_view text) {
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || number < 0) return std::nullopt;
    return std::pair{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    const auto [number, unit] = *parts;
    const double scale = unit == "s" ? 1e9 : unit == "ms" ? 1e6 : unit == "us" ? 1e3 : 0;
    if (scale == 0) return std::nullopt;
    return nanoseconds(static_cast<std::int64_t>(number * scale));
}

std::optional<std::uint64_t> parse_bandwidth(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    const auto [number, unit] = *parts;
    const double scale = unit == "Gbit" ? 1e9 : unit == "Mbit" ? 1e6 : unit == "kbit" ? 1e3 : 0;
    if (scale == 0) return std::nullopt;
    return static_cast<std::uint64_t>(number * scale);
}

std::optional<double> parse_share(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    const double share = parts->second == "%" ? parts->first / 100 : parts->first;
    if ((parts->second != "%" && !parts->second.empty()) || share >= 1) return std::nullopt;
    return share;
}

}  // namespace nearside::farlink
