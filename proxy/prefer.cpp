#include "proxy/prefer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace nearside::proxy {

namespace {

// nullopt: no number. One too large for its type, which is all that digits can fail by, is a long time all the same.
std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
    constexpr std::uint32_t longest = 1'000'000;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || end != text.data() + text.size()) return std::nullopt;
    if (failed != std::errc()) return std::chrono::seconds{longest};
    return std::chrono::seconds{std::min(number, longest)};
}

}  // namespace

std::optional<std::chrono::seconds> wait_preferred(const header_fields& request) {
    bool given = false;
    std::optional<std::chrono::seconds> wait;
    for (const header_fields::field& each : request) {
        if (!iequals(each.name, "prefer")) continue;
        for_each_member(each.value, [&](std::string_view member) {
            const std::string_view preference = trimmed(member.substr(0, member.find(';')));
            const auto equals = preference.find('=');
            if (given || !iequals(trimmed(preference.substr(0, equals)), "wait")) return;
            given = true;
            if (equals != std::string_view::npos) wait = seconds_of(trimmed(preference.substr(equals + 1)));
        });
    }
    return wait;
}

}  // namespace nearside::proxy
