#include "cache/freshness.h"

#include "cache/structured_field.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace nearside::cache {

namespace {

// RFC 9111 4.2.2: "a typical setting of this fraction might be 10%".
constexpr int heuristic_fraction = 10;
constexpr milliseconds longest_heuristic = std::chrono::hours{24};

// A directive of a targeted field, with the type that its syntax in Cache-Control asks for (RFC 9213 2.1). False where
// the value is of another type.
class targeted_reader {
public:
    explicit targeted_reader(cache_control& into) : into_(into) {}

    bool read(const std::string& name, const sf_member& member) {
        const auto* item = std::get_if<sf_item>(&member);
        for (const auto& [known, place] : durations) {
            if (name == known) return item != nullptr && read_duration(item->value, into_.*place);
        }
        for (const auto& [known, place] : flags) {
            if (name == known) return item != nullptr && read_flag(item->value, into_.*place);
        }
        if (name == "no-cache") return item != nullptr && read_fields(name, item->value);
        if (name == "private") return item != nullptr && read_fields(name, item->value);
        return true;
    }

private:
    using duration_place = std::optional<seconds> cache_control::*;
    using flag_place = bool cache_control::*;
    static constexpr std::array<std::pair<std::string_view, duration_place>, 4> durations = {{
        {"max-age", &cache_control::max_age},
        {"s-maxage", &cache_control::s_maxage},
        {"stale-while-revalidate", &cache_control::stale_while_revalidate},
        {"stale-if-error", &cache_control::stale_if_error},
    }};
    static constexpr std::array<std::pair<std::string_view, flag_place>, 7> flags = {{
        {"no-store", &cache_control::no_store},
        {"public", &cache_control::is_public},
        {"must-revalidate", &cache_control::must_revalidate},
        {"proxy-revalidate", &cache_control::proxy_revalidate},
        {"must-understand", &cache_control::must_understand},
        {"no-transform", &cache_control::no_transform},
        {"immutable", &cache_control::immutable},
    }};

    static bool read_duration(const sf_bare_item& value, std::optional<seconds>& into) {
        const auto* count = std::get_if<std::int64_t>(&value);
        if (count == nullptr) return false;
        into = seconds{std::clamp<std::int64_t>(*count, 0, longest_delta.count())};
        return true;
    }

    static bool read_flag(const sf_bare_item& value, bool& into) {
        const auto* said = std::get_if<bool>(&value);
        if (said == nullptr || !*said) return false;
        into = true;
        return true;
    }

    // Bare, or with a list of field names as a string: read as Cache-Control reads it.
    bool read_fields(const std::string& name, const sf_bare_item& value) {
        if (const auto* said = std::get_if<bool>(&value)) {
            if (*said) read_cache_control(name, into_);
            return *said;
        }
        const auto* listed = std::get_if<std::string>(&value);
        if (listed == nullptr || listed->find('"') != std::string::npos) return false;
        std::string directive = name;
        directive.append("=\"").append(*listed).append("\"");
        read_cache_control(directive, into_);
        return true;
    }

    cache_control& into_;
};

std::optional<cache_control> read_targeted(const header_fields& response) {
    if (!response.contains("cdn-cache-control")) return std::nullopt;
    const auto read = parse_sf_dictionary(response.combined("cdn-cache-control"));
    if (!read || read->empty()) return std::nullopt;
    cache_control says;
    targeted_reader into(says);
    for (const auto& [name, member] : *read) {
        if (!into.read(name, member)) return std::nullopt;
    }
    return says;
}

// The earliest of the Expires fields, and the past for one that is no date.
std::optional<http_time> expires_of(const header_fields& response, http_time now) {
    std::optional<http_time> earliest;
    for (const header_fields::field& each : response) {
        if (!iequals(each.name, "expires")) continue;
        const http_time until = parse_http_date(each.value, now).value_or(http_time::min());
        earliest = earliest ? std::min(*earliest, until) : until;
    }
    return earliest;
}

// A difference of dates of any year stays within what milliseconds hold.
milliseconds between(http_time from, http_time to) {
    if (to <= from) return milliseconds{0};
    return std::min(to - from, longest_delta);
}

}  // namespace

origin_word read_origin_word(const header_fields& response) {
    if (auto targeted = read_targeted(response)) return {std::move(*targeted), true};
    return {read_cache_control(response), false};
}

http_time date_of(const header_fields& response, wall_time received) {
    const auto arrival = std::chrono::floor<seconds>(received);
    const auto told = response.find("date");
    return told ? parse_http_date(*told, arrival).value_or(arrival) : arrival;
}

seconds age_told(const header_fields& response) {
    const auto told = response.find("age");
    if (!told) return seconds{0};
    std::string_view first = told->substr(0, told->find(','));
    while (first.ends_with(' ') || first.ends_with('\t'))
        first.remove_suffix(1);
    return parse_delta_seconds(first).value_or(seconds{0});
}

milliseconds corrected_initial_age(const header_fields& response, exchange_times times) {
    // Date has whole seconds: the arrival is cut to them too, or every response would seem up to a second old.
    const milliseconds apparent =
        between(date_of(response, times.received), std::chrono::floor<seconds>(times.received));
    const auto delay = std::max(milliseconds{0}, std::chrono::floor<milliseconds>(times.received - times.requested));
    return std::max(apparent, age_told(response) + delay);
}

freshness_lifetime explicit_lifetime(const header_fields& response, const origin_word& word, wall_time received) {
    if (word.says.s_maxage) return {freshness_source::s_maxage, *word.says.s_maxage};
    if (word.says.max_age) return {freshness_source::max_age, *word.says.max_age};
    if (word.targeted) return {};
    const auto until = expires_of(response, std::chrono::floor<seconds>(received));
    if (!until) return {};
    return {freshness_source::expires, between(date_of(response, received), *until)};
}

freshness_lifetime heuristic_lifetime(int status, const header_fields& response, const origin_word& word,
                                      wall_time received) {
    if (!is_heuristically_cacheable(status) && !word.says.is_public) return {};
    const auto modified = response.find("last-modified");
    if (!modified) return {};
    const auto when = parse_http_date(*modified, std::chrono::floor<seconds>(received));
    if (!when) return {};
    const milliseconds unchanged = between(*when, date_of(response, received));
    return {freshness_source::heuristic, std::min(longest_heuristic, unchanged / heuristic_fraction)};
}

bool is_heuristically_cacheable(int status) noexcept {
    static constexpr std::array statuses = {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

}  // namespace nearside::cache
