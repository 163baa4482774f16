#include "proxy/route_uri.h"

#include "core/http_message.h"
#include "core/percent_encoding.h"
#include "proxy/query_pairs.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

// Appends `text` normalised, or as it is where a `%` in it is not followed by two digits.
void append_normalised(std::string& out, std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    const std::size_t start = out.size();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out.push_back(text[at]);
            continue;
        }
        const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
        if (low < 0) {
            out.resize(start);
            out.append(text);
            return;
        }
        const char byte = static_cast<char>(high * 16 + low);
        if (is_unreserved(byte)) {
            out.push_back(byte);
        } else {
            out.append({'%', digits[static_cast<std::size_t>(high)], digits[static_cast<std::size_t>(low)]});
        }
        at += 2;
    }
}

bool counts(const key_rules& rules, const query_pair& pair) {
    using rule = key_rules::query_rule;
    if (rules.query == rule::as_sent) return true;
    if (pair.whole.empty()) return false;
    if (rules.query == rule::sorted) return true;
    // Some servers divide pairs at `;` as well: to them, this one may hold a parameter that does count.
    if (pair.whole.find(';') != std::string_view::npos) return true;
    if (rules.query == rule::none) return false;
    const std::optional<std::string> decoded =
        pair.name.find_first_of("%+") == std::string_view::npos ? std::nullopt : percent_decoded(pair.name, true);
    const bool listed = rules.parameters.contains(decoded ? std::string_view(*decoded) : pair.name);
    return listed == (rules.query == rule::only);
}

void append_sorted_query(std::string& uri, const key_rules& rules, std::string_view query) {
    struct item {
        std::string text;
        std::size_t name_size = 0;
        std::size_t position = 0;  // the order of pairs of one name may mean something
        std::string_view name() const noexcept { return std::string_view(text).substr(0, name_size); }
    };
    std::vector<item> items;
    for_each_query_pair(query, [&](const query_pair& pair) {
        if (!counts(rules, pair)) return;
        item one;
        append_normalised(one.text, pair.whole);
        one.name_size = std::min(one.text.find('='), one.text.size());
        one.position = items.size();
        items.push_back(std::move(one));
    });
    std::sort(items.begin(), items.end(), [](const item& left, const item& right) {
        return std::pair(left.name(), left.position) < std::pair(right.name(), right.position);
    });
    char separator = '?';
    for (const item& each : items) {
        uri.push_back(std::exchange(separator, '&'));
        uri.append(each.text);
    }
}

}  // namespace

std::string uri_of(const key_rules& rules, std::string_view target) {
    std::string uri;
    const bool as_sent = rules.query == key_rules::query_rule::as_sent;
    if (as_sent && target.find('%') == std::string_view::npos) {
        uri.assign(target);
        return uri;
    }
    uri.reserve(target.size());
    const std::string_view path = target_path(target), query = target_query(target);
    append_normalised(uri, path);
    if (path.size() == target.size()) return uri;
    if (!as_sent) {
        append_sorted_query(uri, rules, query);
        return uri;
    }
    char separator = '?';
    for_each_query_pair(query, [&](const query_pair& pair) {
        uri.push_back(std::exchange(separator, '&'));
        append_normalised(uri, pair.whole);
    });
    if (query.empty()) uri.push_back(separator);
    return uri;
}

std::string counted_target(const key_rules& rules, std::string_view target) {
    using rule = key_rules::query_rule;
    if (rules.query == rule::as_sent || rules.query == rule::sorted) return std::string(target);
    std::string counted(target_path(target));
    char separator = '?';
    for_each_query_pair(target_query(target), [&](const query_pair& pair) {
        if (!counts(rules, pair)) return;
        counted.push_back(std::exchange(separator, '&'));
        counted.append(pair.whole);
    });
    return counted;
}

std::string uri_tag_of(std::string_view upstream, std::string_view uri) {
    std::string tag;
    tag.reserve(upstream.size() + uri.size() + 5);
    tag.append("uri:").append(upstream).append(":").append(uri);
    return tag;
}

}  // namespace nearside::proxy
