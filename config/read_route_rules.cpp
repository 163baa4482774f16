#include "config/connection_fields.h"
#include "config/reader.h"
#include "config/sections.h"
#include "config/url_path.h"
#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nearside::config {

namespace {

constexpr int first_error_status = 400;
constexpr int last_error_status = 599;
// What these say is about fields of the one request they answer, which no key holds: Proxy-Authorization, If-Match and
// its kin, Range (RFC 9110 15.5.8, 15.5.13, 15.5.17).
constexpr std::array never_kept = {407, 412, 416};

struct status_range {
    int first = 0;
    int last = 0;
};

std::optional<status_range> parse_statuses(std::string_view text) {
    if (text.size() != 3 || !is_digit(text[0])) return std::nullopt;
    constexpr int hundred = 100;
    status_range range;
    if (text.substr(1) == "xx") {
        range.first = (text[0] - '0') * hundred;
        range.last = range.first + hundred - 1;
    } else if (is_digit(text[1]) && is_digit(text[2])) {
        range.first = range.last = (text[0] - '0') * hundred + (text[1] - '0') * 10 + (text[2] - '0');
    } else {
        return std::nullopt;
    }
    if (range.first < first_error_status || range.last > last_error_status) return std::nullopt;
    return range;
}

// Windows for a range, around the statuses that are never kept.
void add_windows(status_range range, milliseconds fresh, std::vector<negative_settings>& into) {
    for (const int never : never_kept) {
        if (never < range.first || never > range.last) continue;
        if (range.first < never) into.push_back({range.first, never - 1, fresh});
        range.first = never + 1;
    }
    if (range.first <= range.last) into.push_back({range.first, range.last, fresh});
}

// The header fields that never tell one stored response from another: why not, and what to do instead.
struct keyless_header {
    std::string_view name;
    const char* why;
};
constexpr const char* of_message = "it describes the message, not what is asked for";
constexpr const char* of_conditions = "stored responses answer conditions themselves";
constexpr const char* of_cache = "nearside follows it itself";
constexpr std::array<keyless_header, 13> keyless = {{
    {"content-length", of_message},
    {"expect", of_message},
    {"via", of_message},
    {"if-match", of_conditions},
    {"if-none-match", of_conditions},
    {"if-modified-since", of_conditions},
    {"if-unmodified-since", of_conditions},
    {"if-range", of_conditions},
    {"range", "ranges are cut out of whole stored responses"},
    {"cache-control", of_cache},
    {"pragma", of_cache},
    {"accept-encoding", "nearside serves each coding from one stored response"},
    {"host", "it is part of every key"},
}};

const char* why_keyless(std::string_view name) noexcept {
    if (is_connection_field(name)) return belongs_to_connection;
    const auto found =
        std::find_if(keyless.begin(), keyless.end(), [&](const keyless_header& each) { return each.name == name; });
    return found == keyless.end() ? nullptr : found->why;
}

// Names in a list of `keys`, each once and within the limits; `accept` complains about one that will not do.
template <class Accept>
std::vector<std::string> read_names(reader& keys, std::string_view key, Accept accept) {
    std::vector<std::string> names;
    const std::vector<located<std::string>> given = keys.read_list(key);
    if (given.size() > route_limits::names) {
        keys.complain(keys.place_of(key), quote(key) + " lists more than 64 names", "list fewer");
        return names;
    }
    for (const located<std::string>& each : given) {
        if (each.value.size() > route_limits::name_bytes) {
            keys.complain(each.at, "a name of more than 256 bytes", "give its name as it is sent");
            continue;
        }
        std::string name = each.value;
        if (!accept(each, name)) continue;
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            keys.complain(each.at, quote(name) + " is listed twice", "list it once");
            continue;
        }
        names.push_back(std::move(name));
    }
    return names;
}

std::vector<std::string> read_header_names(reader& keys, bool for_key) {
    return read_names(keys, "headers", [&](const located<std::string>& each, std::string& name) {
        name = lower_case(each.value);
        if (!is_token(name)) {
            keys.complain(each.at, quote(each.value) + " is not the name of a header", "write `accept-language`");
            return false;
        }
        const char* why = for_key ? why_keyless(name) : nullptr;
        if (why == nullptr) return true;
        keys.complain(each.at, "the header " + quote(name) + " cannot be part of the key: " + why, "remove it");
        return false;
    });
}

std::vector<std::string> read_cookie_names(reader& keys) {
    return read_names(keys, "cookies", [&](const located<std::string>& each, const std::string& name) {
        if (is_token(name)) return true;
        keys.complain(each.at, quote(name) + " is not the name of a cookie", "write `theme`");
        return false;
    });
}

std::vector<std::string> read_parameter_names(reader& keys, std::string_view key) {
    return read_names(keys, key, [&](const located<std::string>& each, const std::string& name) {
        const std::size_t star = name.find('*');
        if (star == std::string::npos || (star > 0 && star + 1 == name.size())) return true;
        keys.complain(each.at, "the `*` of " + quote(name) + " is not at the end of a name",
                      "write a name, or how names begin: `utm_*`");
        return false;
    });
}

constexpr const char* query_mend =
    "write `query: {only: [page]}`, `query: {except: [\"utm_*\"]}`, `query: sorted` or `query: none`";

void read_query(reader& key, route_key_settings& into, const section_context& context) {
    using rule = route_key_settings::query_rule;
    const node* value = key.take("query");
    if (value == nullptr) return;
    if (value->is == node::kind::scalar && (value->text == "none" || value->text == "sorted")) {
        into.query = value->text == "none" ? rule::none : rule::sorted;
        return;
    }
    if (value->is != node::kind::mapping) {
        key.complain(value->at, "`query` of `key` must say which parameters count", query_mend);
        return;
    }
    reader keys(*value, value->at, "`query` of `key`", context.out);
    std::vector<std::string> only = read_parameter_names(keys, "only");
    std::vector<std::string> except = read_parameter_names(keys, "except");
    if (keys.given("only") && keys.given("except")) {
        keys.complain(value->at, "`only` and `except` cannot both be right", "keep one of them");
    } else if (!keys.given("only") && !keys.given("except")) {
        keys.complain(value->at, "`query` of `key` has neither `only` nor `except`", query_mend);
    } else {
        const auto complain_empty = [&](std::string_view list, const char* mend) {
            const node* given = value->find(list);
            if (given == nullptr || given->is != node::kind::sequence || !given->items.empty()) return;
            keys.complain(given->at, quote(list) + " of `query` names nothing", mend);
        };
        complain_empty("only", "write `query: none`");
        complain_empty("except", "write `query: sorted`");
        into.query = keys.given("only") ? rule::only : rule::except;
        into.parameters = keys.given("only") ? std::move(only) : std::move(except);
    }
    keys.finish();
}

void read_cookies(reader& key, const node& section, route_key_settings& into) {
    const node* given = section.find("cookies");
    if (given == nullptr || given->is == node::kind::null) {
        key.take("cookies");
        return;
    }
    const bool none = given->is == node::kind::scalar && given->text == "none";
    std::vector<std::string> names = read_cookie_names(key);
    if (given->is == node::kind::sequence && given->items.empty()) {
        key.complain(given->at, "`cookies` of `key` names nothing",
                     "write `cookies: none` where no cookie counts, or leave it out");
    }
    into.cookies = none ? std::vector<std::string>{} : std::move(names);
    if (std::find(into.headers.begin(), into.headers.end(), "cookie") == into.headers.end()) return;
    key.complain(given->at, "`cookies` and the header `cookie` cannot both be part of the key",
                 "keep `cookies` for those listed, or the header for all of them");
}

}  // namespace

void read_negative(const node& section, std::vector<negative_settings>& into, const section_context& context) {
    reader keys(section, section.at, "`negative` of a route", context.out);
    for (const auto& [status, value] : section.members) {
        const std::optional<status_range> range = parse_statuses(status.text);
        std::optional<milliseconds> fresh;
        const bool read = keys.read(status.text, fresh, milliseconds{1});
        if (!range) {
            keys.complain(status.at, quote(status.text) + " is no error status",
                          "write one from 400 to 599, or `4xx` or `5xx` for all of them");
            continue;
        }
        if (range->first == range->last &&
            std::find(never_kept.begin(), never_kept.end(), range->first) != never_kept.end()) {
            keys.complain(status.at, quote(status.text) + " is about one request alone and is never kept", "remove it");
            continue;
        }
        if (read) add_windows(*range, *fresh, into);
    }
    std::sort(into.begin(), into.end(), [](const negative_settings& left, const negative_settings& right) {
        return std::pair(left.last - left.first, left.first) < std::pair(right.last - right.first, right.first);
    });
}

void read_route_key(const node& section, route_key_settings& into, const section_context& context) {
    reader keys(section, section.at, "`key` of a route", context.out);
    read_query(keys, into, context);
    into.headers = read_header_names(keys, true);
    read_cookies(keys, section, into);
    keys.finish();
}

void read_bypass(const node& section, bypass_settings& into, const section_context& context) {
    reader keys(section, section.at, "`bypass` of a route", context.out);
    into.headers = read_header_names(keys, false);
    into.cookies = read_cookie_names(keys);
    into.parameters = read_parameter_names(keys, "query");
    keys.finish();
}

}  // namespace nearside::config
