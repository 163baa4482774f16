#include "cache/unsafe_effects.h"

#include "cache/structured_field.h"
#include "core/ascii.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace nearside::cache {

namespace {

struct reference {
    std::string scheme;  // lower case; empty where there is none
    std::optional<std::string_view> authority;
    std::string_view path;
    std::optional<std::string_view> query;
};

bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char letter) {
        return is_letter(letter) || is_digit(letter) || letter == '+' || letter == '-' || letter == '.';
    });
}

// RFC 3986, appendix B; the fragment is left out.
reference split(std::string_view text) {
    reference parts;
    text = text.substr(0, text.find('#'));
    const std::size_t colon = text.find_first_of(":/?");
    if (colon != std::string_view::npos && text[colon] == ':' && is_scheme(text.substr(0, colon))) {
        parts.scheme = lower_case(text.substr(0, colon));
        text.remove_prefix(colon + 1);
    }
    if (text.starts_with("//")) {
        const std::size_t end = std::min(text.find_first_of("/?", 2), text.size());
        parts.authority = text.substr(2, end - 2);
        text.remove_prefix(end);
    }
    const std::size_t mark = text.find('?');
    parts.path = text.substr(0, mark);
    if (mark != std::string_view::npos) parts.query = text.substr(mark + 1);
    return parts;
}

// RFC 3986 5.2.4, segment by segment.
std::string without_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        const bool last = end == path.size();
        path.remove_prefix(end);
        if (segment == "/." || segment == "/..") {
            if (segment == "/..") out.erase(std::min(out.rfind('/'), out.size()));
            if (last) out += '/';
            continue;
        }
        out += segment;
    }
    return out.empty() ? "/" : out;
}

// Scheme, host and port as one text: without user info, the default port left out (RFC 9110 4.2.3, 4.3.1).
std::string normal_origin(std::string_view scheme, std::string_view authority) {
    authority.remove_prefix(std::min(authority.rfind('@') + 1, authority.size()));
    std::string origin = lower_case(scheme).append("://").append(lower_case(authority));
    const std::string_view port = origin.starts_with("https:") ? ":443" : ":80";
    if (origin.ends_with(port)) {
        origin.resize(origin.size() - port.size());
    } else if (origin.ends_with(':')) {
        origin.pop_back();
    }
    return origin;
}

bool is_own(std::string_view scheme, std::string_view authority, std::span<const std::string> origins) {
    const std::string wanted = normal_origin(scheme, authority);
    return std::any_of(origins.begin(), origins.end(), [&](std::string_view each) {
        const auto mark = each.find("://");
        return mark != std::string_view::npos && normal_origin(each.substr(0, mark), each.substr(mark + 3)) == wanted;
    });
}

// `//host/path` has the scheme of whichever of the names is meant.
bool is_own(std::string_view authority, std::span<const std::string> origins) {
    return is_own("https", authority, origins) || is_own("http", authority, origins);
}

std::vector<std::string> strings_of(const header_fields& fields, std::string_view name, std::size_t most) {
    std::vector<std::string> groups;
    const auto list = parse_sf_list(fields.combined(name));
    if (!list) return groups;
    for (const sf_member& each : *list) {
        const auto* item = std::get_if<sf_item>(&each);
        const auto* text = item == nullptr ? nullptr : std::get_if<std::string>(&item->value);
        // A member of another type makes it no list of strings.
        if (text == nullptr) return {};
        if (text->size() > longest_cache_group || groups.size() == most) continue;
        if (std::find(groups.begin(), groups.end(), *text) == groups.end()) groups.push_back(*text);
    }
    return groups;
}

}  // namespace

std::optional<std::string> resolve_same_origin(std::string_view text, std::string_view target,
                                               std::span<const std::string> origins) {
    const reference wanted = split(text);
    if (!wanted.scheme.empty()) {
        if (wanted.scheme != "http" && wanted.scheme != "https") return std::nullopt;
        if (!wanted.authority || !is_own(wanted.scheme, *wanted.authority, origins)) return std::nullopt;
    } else if (wanted.authority && !is_own(*wanted.authority, origins)) {
        return std::nullopt;
    }

    // Origin-form: a path that begins with "//" is still a path.
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view base_path = target.substr(0, mark);
    std::string path;
    std::optional<std::string_view> query = wanted.query;
    if (wanted.authority || wanted.path.starts_with('/')) {
        path = without_dot_segments(wanted.path);
    } else if (wanted.path.empty()) {
        path = base_path;
        if (!query && mark != target.size()) query = target.substr(mark + 1);
    } else {
        const std::size_t folder = base_path.rfind('/');
        std::string merged(base_path.substr(0, folder == std::string_view::npos ? 0 : folder + 1));
        if (merged.empty()) merged = "/";
        path = without_dot_segments(merged.append(wanted.path));
    }
    if (query) path.append("?").append(*query);
    return path;
}

unsafe_effects effects_of(std::string_view method, std::string_view target, const response_head& response,
                          std::span<const std::string> origins) {
    unsafe_effects effects;
    if (is_safe_method(method) || response.status < 200 || response.status > 399) return effects;
    effects.targets.emplace_back(target);
    static constexpr std::array<std::string_view, 2> naming = {"location", "content-location"};
    for (const std::string_view name : naming) {
        const auto told = response.fields.find(name);
        if (!told) continue;
        auto also = resolve_same_origin(*told, target, origins);
        if (also && std::find(effects.targets.begin(), effects.targets.end(), *also) == effects.targets.end()) {
            effects.targets.push_back(*std::move(also));
        }
    }
    effects.groups = strings_of(response.fields, "cache-group-invalidation", most_struck_groups);
    return effects;
}

std::vector<std::string> cache_groups(const header_fields& response) {
    return strings_of(response, "cache-groups", most_cache_groups);
}

}  // namespace nearside::cache
