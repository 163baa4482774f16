#include "cache/cache_control.h"

#include <algorithm>
#include <cstdint>

namespace nearside::cache {

namespace {

constexpr std::int64_t longest = std::int64_t{1} << 31;

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

seconds delta_seconds(std::string_view text) {
    text = unquoted(text);
    if (text.empty()) return seconds{0};
    std::int64_t count = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return seconds{0};
        count = std::min(longest, count * 10 + (digit - '0'));
    }
    return seconds{count};
}

void keep_smaller(std::optional<seconds>& kept, seconds candidate) {
    kept = kept ? std::min(*kept, candidate) : candidate;
}

}  // namespace

void read_cache_control(std::string_view value, cache_control& into) {
    for_each_member(value, [&into](std::string_view member) {
        const auto equals = member.find('=');
        const std::string_view name = member.substr(0, equals);
        const bool bare = equals == std::string_view::npos;
        const std::string_view argument = bare ? std::string_view{} : member.substr(equals + 1);
        if (iequals(name, "max-age")) {
            keep_smaller(into.max_age, delta_seconds(argument));
        } else if (iequals(name, "s-maxage")) {
            keep_smaller(into.s_maxage, delta_seconds(argument));
        } else if (iequals(name, "max-stale")) {
            keep_smaller(into.max_stale, bare ? seconds::max() : delta_seconds(argument));
        } else if (iequals(name, "min-fresh")) {
            into.min_fresh = std::max(into.min_fresh.value_or(seconds{0}), delta_seconds(argument));
        } else if (iequals(name, "stale-while-revalidate")) {
            keep_smaller(into.stale_while_revalidate, delta_seconds(argument));
        } else if (iequals(name, "stale-if-error")) {
            keep_smaller(into.stale_if_error, delta_seconds(argument));
        } else if (iequals(name, "no-cache")) {
            // With field names only those fields need validation (5.2.2.4); a cache may treat it as the stricter bare
            // form.
            into.no_cache = true;
        } else if (iequals(name, "no-store")) {
            into.no_store = true;
        } else if (iequals(name, "private")) {
            into.is_private = true;
        } else if (iequals(name, "public")) {
            into.is_public = true;
        } else if (iequals(name, "must-revalidate")) {
            into.must_revalidate = true;
        } else if (iequals(name, "proxy-revalidate")) {
            into.proxy_revalidate = true;
        } else if (iequals(name, "only-if-cached")) {
            into.only_if_cached = true;
        }
    });
}

cache_control read_cache_control(const header_fields& fields) {
    cache_control read;
    for (const header_fields::field& each : fields) {
        if (iequals(each.name, "cache-control")) read_cache_control(each.value, read);
    }
    return read;
}

}  // namespace nearside::cache
