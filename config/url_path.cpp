#include "config/url_path.h"

#include "config/complain.h"
#include "core/ascii.h"
#include "core/percent_encoding.h"

#include <algorithm>

namespace nearside::config {

namespace {

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// pchar beside letters, digits and percent triplets (RFC 3986 3.3).
constexpr std::string_view path_marks = "-._~!$&'()*+,;=:@";
constexpr std::size_t longest_path = 2048;

bool is_one_of(char letter, std::string_view set) noexcept {
    return set.find(letter) != std::string_view::npos;
}

bool is_dot_segment(std::string_view segment) {
    // `%2e` is `.` to whoever decodes it.
    std::string plain;
    for (std::size_t at = 0; at < segment.size(); ++at) {
        if (segment.substr(at).starts_with("%2e") || segment.substr(at).starts_with("%2E")) {
            plain += '.';
            at += 2;
        } else {
            plain += segment[at];
        }
    }
    return plain == "." || plain == "..";
}

std::string find_segment_fault(std::string_view segment) {
    if (is_dot_segment(segment)) return "it has a dot segment";
    for (std::size_t at = 0; at < segment.size(); ++at) {
        const char letter = segment[at];
        if (is_one_of(letter, letters_and_digits) || is_one_of(letter, path_marks)) continue;
        if (letter == '%') {
            if (at + 2 >= segment.size() || hex_digit(segment[at + 1]) < 0 || hex_digit(segment[at + 2]) < 0) {
                return "a `%` in it is not followed by two hexadecimal digits";
            }
            at += 2;
            continue;
        }
        if (letter == '?' || letter == '#') return "it has a query or a fragment";
        if (letter == '{' || letter == '}') return "a `{name}` in it is not a whole segment";
        return "it has characters that must be percent-encoded";
    }
    return {};
}

// The segments after the leading slash; a trailing slash makes a last, empty one. A fault instead of segments where the
// path is no list of segments at all.
std::string split_path(std::string_view path, std::vector<std::string_view>& segments) {
    if (!path.starts_with('/')) return "it does not start with `/`";
    if (path.size() > longest_path) return "it is longer than 2048 bytes";
    path.remove_prefix(1);
    while (true) {
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    const bool gap =
        std::any_of(segments.begin(), segments.end() - 1, [](std::string_view each) { return each.empty(); });
    return gap ? "it has an empty segment" : std::string{};
}

reading<path_pattern> bad_path(std::string_view text, std::string_view fault, std::string mend) {
    return reading<path_pattern>::bad("the path " + quote(text) + " cannot be served: " + std::string(fault),
                                      std::move(mend));
}

// Takes `{name}` into the pattern; what is wrong with it otherwise.
std::optional<reading<path_pattern>> add_parameter(std::string_view text, std::string_view segment,
                                                   path_pattern& pattern) {
    std::string name(segment.substr(1, segment.size() - 2));
    if (!is_identifier(name)) {
        return bad_path(text, quote(name) + " is not a name", "use letters, digits, `_` and `-` between the braces");
    }
    if (std::find(pattern.parameters.begin(), pattern.parameters.end(), name) != pattern.parameters.end()) {
        return bad_path(text, quote(name) + " is in it twice", "give each parameter its own name");
    }
    pattern.parameters.push_back(std::move(name));
    pattern.shape += "{}";
    return std::nullopt;
}

bool is_parameter(std::string_view segment) noexcept {
    return segment.starts_with('{') && segment.ends_with('}');
}

}  // namespace

std::string find_path_fault(std::string_view path) {
    std::vector<std::string_view> segments;
    if (std::string fault = split_path(path, segments); !fault.empty()) return fault;
    for (const std::string_view segment : segments) {
        if (std::string fault = find_segment_fault(segment); !fault.empty()) return fault;
    }
    return {};
}

bool can_be_captured(std::string_view value) noexcept {
    return !value.empty() && value != "." && value != "..";
}

bool is_identifier(std::string_view text) noexcept {
    if (text.empty() || text.front() == '-' || is_digit(text.front())) return false;
    if (text == "true" || text == "false" || text == "null") return false;
    return std::all_of(text.begin(), text.end(), [](char letter) {
        return letter == '_' || letter == '-' || is_one_of(letter, letters_and_digits);
    });
}

reading<path_pattern> parse_view_path(std::string_view text) {
    constexpr const char* how = "write it like `/views/projects/{id}`";
    path_pattern pattern;
    std::vector<std::string_view> segments;
    if (const std::string fault = split_path(text, segments); !fault.empty()) return bad_path(text, fault, how);
    for (const std::string_view segment : segments) {
        pattern.shape += '/';
        if (is_parameter(segment)) {
            if (auto bad = add_parameter(text, segment, pattern)) return *std::move(bad);
            continue;
        }
        if (segment.find('*') != std::string_view::npos) return bad_path(text, "only routes take `*`", how);
        if (const std::string fault = find_segment_fault(segment); !fault.empty()) return bad_path(text, fault, how);
        append_percent_encoded(pattern.shape, percent_decoded(segment).value_or(std::string(segment)));
    }
    return reading<path_pattern>::good(std::move(pattern));
}

reading<path_pattern> parse_route_path(std::string_view text) {
    constexpr const char* how = "write it like `/api/**`, `/api/jobs/*` or `/api/jobs/`";
    path_pattern pattern;
    std::vector<std::string_view> segments;
    if (const std::string fault = split_path(text, segments); !fault.empty()) return bad_path(text, fault, how);
    for (std::size_t at = 0; at < segments.size(); ++at) {
        const std::string_view segment = segments[at];
        pattern.shape += '/';
        if (is_parameter(segment)) {
            if (auto bad = add_parameter(text, segment, pattern)) return *std::move(bad);
            continue;
        }
        if (segment == "*" || segment == "**") {
            if (segment == "**" && at + 1 < segments.size()) return bad_path(text, "`**` stands before its end", how);
            pattern.parameters.emplace_back();
            pattern.shape += segment == "*" ? "{}" : "**";
            continue;
        }
        if (segment.find('*') != std::string_view::npos) {
            return bad_path(text, "`*` and `**` are whole segments", how);
        }
        if (const std::string fault = find_segment_fault(segment); !fault.empty()) return bad_path(text, fault, how);
        append_percent_encoded(pattern.shape, percent_decoded(segment).value_or(std::string(segment)));
    }
    return reading<path_pattern>::good(std::move(pattern));
}

}  // namespace nearside::config
