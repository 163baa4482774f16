#include "aggregators/page_urls.h"

#include "config/address.h"
#include "core/ascii.h"
#include "core/http_message.h"
#include "core/percent_encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace nearside::aggregators {
namespace {

error refused(std::string_view why) {
    return {errc::next_refused, "`next` " + std::string(why)};
}

bool is_control(char byte) noexcept {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}

// What may not stand in a URL as it is, written as it may (RFC 3986 2): servers write some of it into links.
std::string encode_strays(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size());
    for (const char byte : text) {
        const bool stray = static_cast<unsigned char>(byte) >= 0x80 ||
                           std::string_view(" \"<>\\^`{|}").find(byte) != std::string_view::npos;
        if (stray)
            append_percent_encoded(encoded, std::string_view(&byte, 1));
        else
            encoded.push_back(byte);
    }
    return encoded;
}

bool is_dots(std::string_view segment) noexcept {
    return segment == "." || segment == "..";
}

// A dot segment in disguise: servers may decode it before they resolve it, also behind an encoded slash.
bool hides_dots(std::string_view segment) {
    const auto decoded = percent_decoded(segment);
    if (!decoded) return false;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= decoded->size(); ++at) {
        if (at < decoded->size() && (*decoded)[at] != '/' && (*decoded)[at] != '\\') continue;
        if (is_dots(std::string_view(*decoded).substr(start, at - start))) return true;
        start = at + 1;
    }
    return false;
}

// RFC 3986 5.2.4. Nothing where a disguised dot segment is left.
std::optional<std::string> without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    std::size_t start = 1;
    for (std::size_t at = 1; at <= path.size(); ++at) {
        if (at < path.size() && path[at] != '/') continue;
        const std::string_view segment = path.substr(start, at - start);
        const bool last = at == path.size();
        start = at + 1;
        if (is_dots(segment)) {
            if (segment == ".." && !kept.empty()) kept.pop_back();
            if (last) kept.emplace_back();
            continue;
        }
        if (hides_dots(segment)) return std::nullopt;
        kept.push_back(segment);
    }
    std::string joined;
    for (const std::string_view segment : kept)
        joined.append("/").append(segment);
    return joined;
}

// The scheme of an absolute URL; empty where there is none.
std::string_view scheme_of(std::string_view url) noexcept {
    const std::size_t colon = url.find(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    const std::string_view scheme = url.substr(0, colon);
    const auto may_stand = [](char byte) {
        return is_letter(byte) || is_digit(byte) || byte == '+' || byte == '-' || byte == '.';
    };
    return std::all_of(scheme.begin(), scheme.end(), may_stand) ? scheme : std::string_view{};
}

bool is_of(std::string_view authority, std::string_view scheme, const page_origin& upstream) {
    const auto read = config::parse_origin(std::string(scheme) + "://" + std::string(authority));
    return read.value && read.value->base_path.empty() && iequals(read.value->scheme, upstream.scheme) &&
           iequals(read.value->host, upstream.host) && read.value->port == upstream.port;
}

struct pair {
    std::string name, value;  // decoded
    std::size_t value_at = 0;
    std::size_t value_size = 0;  // as written
    friend bool operator==(const pair& left, const pair& right) {
        return left.name == right.name && left.value == right.value;
    }
};

std::vector<pair> pairs_of(std::string_view target) {
    std::vector<pair> pairs;
    std::size_t at = target.find('?');
    while (at != std::string_view::npos) {
        const std::size_t start = at + 1;
        at = target.find('&', start);
        const std::string_view whole =
            target.substr(start, at == std::string_view::npos ? std::string_view::npos : at - start);
        if (whole.empty()) continue;
        const std::size_t equals = std::min(whole.find('='), whole.size());
        const std::string_view value = whole.substr(std::min(equals + 1, whole.size()));
        pairs.push_back({percent_decoded(whole.substr(0, equals), true).value_or(std::string(whole.substr(0, equals))),
                         percent_decoded(value, true).value_or(std::string(value)),
                         start + std::min(equals + 1, whole.size()), value.size()});
    }
    return pairs;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    constexpr std::size_t most_digits = 15;
    std::uint64_t number = 0;
    if (text.empty() || text.size() > most_digits) return std::nullopt;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string lower_letters(std::string_view name) {
    std::string plain;
    for (const char byte : name) {
        if (byte >= 'A' && byte <= 'Z') plain.push_back(static_cast<char>(byte - 'A' + 'a'));
        if (byte >= 'a' && byte <= 'z') plain.push_back(byte);
    }
    return plain;
}

template <std::size_t Count>
bool is_one_of(const std::string& name, const std::array<std::string_view, Count>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// By the letters of their names, lower case.
constexpr std::array<std::string_view, 5> page_names = {"page", "p", "pagenumber", "pageno", "pageindex"};
constexpr std::array<std::string_view, 6> offset_names = {"offset", "pageoffset", "skip",
                                                          "start",  "startat",    "startindex"};
constexpr std::array<std::string_view, 9> size_names = {"limit",     "pagesize", "perpage",    "size", "count",
                                                        "pagelimit", "top",      "maxresults", "max"};
// A number by one of these names may well be the id of the last item.
constexpr std::array<std::string_view, 11> cursor_parts = {"cursor", "after",  "before", "since", "token", "last",
                                                           "contin", "marker", "key",    "id",    "until"};

bool is_cursor(const std::string& name) {
    return std::any_of(cursor_parts.begin(), cursor_parts.end(),
                       [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

// What goes up from the first page's number (nothing: it isn't told) to the second's.
std::optional<page_series> understand_step(const std::string& name, std::optional<std::uint64_t> first,
                                           std::uint64_t second, std::uint64_t size) {
    page_series series;
    series.second = second;
    if (is_cursor(name)) return std::nullopt;
    const std::uint64_t from = first.value_or(0);
    const bool by_page = first ? second == *first + 1 : second == 1 || second == 2;
    const bool by_item = size > 0 && second == from + size;
    const bool counts_pages =
        by_page && !is_one_of(name, offset_names) && (!by_item || size == 1 || is_one_of(name, page_names));
    const bool counts_items = by_item && !is_one_of(name, page_names) && !(by_page && !is_one_of(name, offset_names));
    if (counts_pages == counts_items) return std::nullopt;
    series.counts_items = counts_items;
    series.step = counts_items ? size : 1;
    if (counts_items)
        series.skipped = from;
    else
        series.skipped = from > 0 ? from - 1 : 0;
    return series;
}

}  // namespace

result<std::string> resolve_next(std::string_view next, std::string_view target, const page_origin& upstream) {
    if (std::any_of(next.begin(), next.end(), is_control)) return refused("holds control characters");
    next = next.substr(0, next.find('#'));
    std::string_view scheme = scheme_of(next);
    std::string path;
    if (!scheme.empty() || next.starts_with("//")) {
        std::string_view rest = scheme.empty() ? next : next.substr(scheme.size() + 1);
        if (scheme.empty()) scheme = upstream.scheme;
        if (!rest.starts_with("//")) return refused("is no http URL");
        rest.remove_prefix(2);
        const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
        if (!is_of(rest.substr(0, end), scheme, upstream)) return refused("points outside the upstream");
        path = rest.substr(end);
        if (path.empty() || path.front() == '?') path.insert(0, "/");
    } else {
        const std::string whole = upstream.base_path + std::string(target);
        const std::string_view base = std::string_view(whole).substr(0, whole.find('?'));
        if (next.empty()) return refused("leads to the page that it stands in");
        if (next.front() == '/')
            path = next;
        else if (next.front() == '?')
            path = std::string(base) + std::string(next);
        else
            path = std::string(base.substr(0, base.rfind('/') + 1)) + std::string(next);
    }
    const std::size_t query = std::min(path.find('?'), path.size());
    auto clean = without_dot_segments(std::string_view(path).substr(0, query));
    if (!clean) return refused("hides a dot segment");
    if (!clean->starts_with(upstream.base_path + "/")) return refused("points outside the upstream's base path");
    return encode_strays(clean->substr(upstream.base_path.size()) + path.substr(query));
}

std::string page_series::target_of(std::uint64_t page) const {
    return before + std::to_string(second + (page - 1) * step) + after;
}

std::uint64_t page_series::pages_of(std::uint64_t count, std::uint64_t size) const noexcept {
    if (counts_items) return count <= skipped ? 1 : std::max<std::uint64_t>(1, (count - skipped - 1) / step + 1);
    const std::uint64_t all = count == 0 ? 1 : (count - 1) / std::max<std::uint64_t>(1, size) + 1;
    return all <= skipped ? 1 : all - skipped;
}

std::optional<page_series> find_page_series(std::string_view first, std::string_view second, std::uint64_t size) {
    if (first.substr(0, first.find('?')) != second.substr(0, second.find('?'))) return std::nullopt;
    std::vector<pair> before = pairs_of(first);
    std::vector<pair> fresh;  // in the second page's query only
    for (const pair& each : pairs_of(second)) {
        const auto same = std::find(before.begin(), before.end(), each);
        if (same == before.end())
            fresh.push_back(each);
        else
            before.erase(same);
    }
    // A server may write down the size of a page that the first request left to it.
    std::erase_if(fresh, [&](const pair& each) {
        return fresh.size() > 1 && is_one_of(lower_letters(each.name), size_names) &&
               std::none_of(before.begin(), before.end(), [&](const pair& old) { return old.name == each.name; });
    });
    if (fresh.size() != 1 || before.size() > 1) return std::nullopt;
    const pair& moved = fresh.front();
    if (!before.empty() && before.front().name != moved.name) return std::nullopt;
    const auto to = whole_number(moved.value);
    const auto from = before.empty() ? std::nullopt : whole_number(before.front().value);
    if (!to || (!before.empty() && !from)) return std::nullopt;
    auto series = understand_step(lower_letters(moved.name), from, *to, size);
    if (!series) return std::nullopt;
    series->before = second.substr(0, moved.value_at);
    series->after = second.substr(moved.value_at + moved.value_size);
    return series;
}

}  // namespace nearside::aggregators
