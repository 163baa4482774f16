#include "config/units.h"

#include "config/complain.h"
#include "core/ascii.h"
#include "core/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace nearside::config {

namespace {

struct unit {
    std::string_view name;
    std::uint64_t size;
};

// Larger first: that is also the order in which they are written one after the other.
constexpr std::array<unit, 5> durations = {{
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};
constexpr std::uint64_t longest_duration = 36'525ull * 86'400'000;

constexpr std::array<unit, 9> sizes = {{
    {"TiB", 1ull << 40},
    {"TB", 1'000'000'000'000},
    {"GiB", 1ull << 30},
    {"GB", 1'000'000'000},
    {"MiB", 1ull << 20},
    {"MB", 1'000'000},
    {"KiB", 1ull << 10},
    {"kB", 1'000},
    {"B", 1},
}};

// The digits that `text` starts with, taken off it; nullopt when there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || text.empty() || !is_digit(text.front())) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::string_view take_letters(std::string_view& text) {
    const auto end = std::find_if(text.begin(), text.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    const std::string_view letters = text.substr(0, count);
    text.remove_prefix(count);
    return letters;
}

// More digits than 64 bits hold is out of range; anything else is no number.
bool starts_with_digit(std::string_view text) noexcept {
    return !text.empty() && is_digit(text.front());
}

reading<milliseconds> bad_duration(std::string_view text, std::string mend) {
    return reading<milliseconds>::bad(quote(text) + " is not a duration", std::move(mend));
}

reading<milliseconds> long_duration(std::string_view text) {
    return reading<milliseconds>::bad("the duration " + quote(text) + " is too long", "100 years is the longest");
}

}  // namespace

reading<milliseconds> parse_duration(std::string_view text) {
    constexpr const char* how = "write a whole number and a unit: `800ms`, `5s`, `10m`, `2h`, `1d`, or `1h30m`";
    if (text.starts_with('-')) return bad_duration(text, "a duration cannot be negative; write one such as `5s`");
    std::string_view rest = text;
    std::uint64_t total = 0;
    std::size_t next_unit = 0;
    if (rest.empty()) return bad_duration(text, how);
    while (!rest.empty()) {
        const std::optional<std::uint64_t> number = take_number(rest);
        if (!number) return starts_with_digit(rest) ? long_duration(text) : bad_duration(text, how);
        if (rest.empty()) {
            return bad_duration(
                text, "give it a unit: `" + std::to_string(*number) + "s` or `" + std::to_string(*number) + "ms`");
        }
        const std::string_view name = take_letters(rest);
        const auto found =
            std::find_if(durations.begin(), durations.end(), [&](const unit& each) { return each.name == name; });
        if (found == durations.end()) return bad_duration(text, how);
        const auto place = static_cast<std::size_t>(found - durations.begin());
        if (place < next_unit) return bad_duration(text, "write larger units first, each once: `1h30m`");
        next_unit = place + 1;
        if (*number > longest_duration / found->size) return long_duration(text);
        total += *number * found->size;
        if (total > longest_duration) return long_duration(text);
    }
    return reading<milliseconds>::good(milliseconds(static_cast<milliseconds::rep>(total)));
}

reading<byte_count> parse_size(std::string_view text) {
    constexpr const char* how = "write a whole number and a unit: `64KiB`, `512MiB`, `2GiB`, or `10MB`";
    const auto bad = [&](std::string mend) {
        return reading<byte_count>::bad(quote(text) + " is not a size", std::move(mend));
    };
    std::string_view rest = text;
    const std::optional<std::uint64_t> number = take_number(rest);
    const auto too_large = [&] { return reading<byte_count>::bad("the size " + quote(text) + " is too large", how); };
    if (!number) return starts_with_digit(text) ? too_large() : bad(how);
    if (rest.empty()) return reading<byte_count>::good(*number);
    const auto found =
        std::find_if(sizes.begin(), sizes.end(), [&](const unit& each) { return iequals(each.name, rest); });
    if (found == sizes.end()) {
        // `64k` is 64,000 to some and 65,536 to others.
        const std::string digits = std::to_string(*number);
        if (rest == "k" || rest == "K") return bad("say which: `" + digits + "KiB` or `" + digits + "kB`");
        if (rest == "m" || rest == "M") return bad("say which: `" + digits + "MiB` or `" + digits + "MB`");
        if (rest == "g" || rest == "G") return bad("say which: `" + digits + "GiB` or `" + digits + "GB`");
        return bad(how);
    }
    if (*number > std::numeric_limits<byte_count>::max() / 2 / found->size) return too_large();
    return reading<byte_count>::good(*number * found->size);
}

reading<std::uint64_t> parse_number(std::string_view text) {
    std::string_view rest = text;
    const std::optional<std::uint64_t> number = take_number(rest);
    if (number && rest.empty()) return reading<std::uint64_t>::good(*number);
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
    return reading<std::uint64_t>::bad(quote(text) + (digits ? " is too large" : " is not a whole number"),
                                       "write digits alone, such as `16`");
}

reading<double> parse_share(std::string_view text) {
    double share = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), share);
    const bool whole = failed == std::errc() && end == text.data() + text.size();
    if (whole && share >= 0 && share <= 1) return reading<double>::good(share);
    return reading<double>::bad(quote(text) + " is no share", "write a number from 0 to 1, such as `0.5`");
}

std::string format_duration(milliseconds duration) {
    auto rest = static_cast<std::uint64_t>(std::max<milliseconds::rep>(duration.count(), 0));
    std::string text;
    for (const unit& each : durations) {
        if (rest < each.size) continue;
        text += std::to_string(rest / each.size);
        text += each.name;
        rest %= each.size;
    }
    return text.empty() ? "0s" : text;
}

std::string format_size(byte_count size) {
    for (const unit& each : sizes) {
        if (size >= each.size && size % each.size == 0)
            return std::to_string(size / each.size) + std::string(each.name);
    }
    return "0B";
}

}  // namespace nearside::config
