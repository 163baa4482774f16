#include "aggregators/url_template.h"

#include "core/percent_encoding.h"

#include <cassert>
#include <optional>
#include <utility>

namespace nearside::aggregators {
namespace {

// pchar, "/" and "?" (RFC 3986 3.3, 3.4) without "%", which is looked at with its digits.
bool is_literal_byte(char byte) noexcept {
    return is_unreserved(byte) || std::string_view("!$&'()*+,;=:@/?").find(byte) != std::string_view::npos;
}

std::optional<path_problem> check_literal_byte(std::string_view text, std::size_t at) {
    const char byte = text[at];
    if (byte == '%') {
        if (at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0) return std::nullopt;
        return path_problem{at, "`%` is not followed by two hex digits", "write %25 for a percent sign"};
    }
    if (is_literal_byte(byte)) return std::nullopt;
    if (byte == '#')
        return path_problem{at, "a fragment never reaches an upstream", "remove `#` and what follows, or write %23"};
    if (byte == '}') return path_problem{at, "`}` without `{`", "add `{`, or write %7D"};
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        ++end;
    std::string encoded;
    append_percent_encoded(encoded, text.substr(at, end - at));
    return path_problem{at, "a character that may not stand in a URL as it is", "write it as " + encoded};
}

// `.` and `..`, also as `%2e`, which URL parsers take for a dot (WHATWG URL, RFC 3986 6.2.2.2).
bool is_dot_segment(std::string_view segment) noexcept {
    std::size_t dots = 0;
    while (!segment.empty()) {
        if (segment.front() == '.') {
            segment.remove_prefix(1);
        } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
                   (segment[2] == 'e' || segment[2] == 'E')) {
            segment.remove_prefix(3);
        } else {
            return false;
        }
        ++dots;
    }
    return dots == 1 || dots == 2;
}

// Some servers decode %2F (and take %5C for it) before they resolve dot segments; `../` inside a value must not climb
// there either.
bool hides_dot_segment(std::string_view value) noexcept {
    std::size_t start = 0;
    for (std::size_t at = 0; at <= value.size(); ++at) {
        if (at < value.size() && value[at] != '/' && value[at] != '\\') continue;
        const bool split = start > 0 || at < value.size();
        if (split && is_dot_segment(value.substr(start, at - start))) return true;
        start = at + 1;
    }
    return false;
}

}  // namespace

parsed<url_template> url_template::parse(std::string_view text) {
    if (text.empty() || text.front() != '/') {
        const bool absolute = text.find("://") != std::string_view::npos;
        return path_problem{
            0,
            absolute ? "a step's URL has no scheme and host: its upstream gives them" : "a step's URL begins with `/`",
            absolute ? "keep the path, and name the upstream with `upstream:`"
                     : "write \"/" + std::string(text) + "\""};
    }
    if (text.starts_with("//")) return path_problem{0, "`//` would name another host", "begin with one `/`"};

    url_template made;
    made.text_ = text;
    std::vector<piece> run;
    std::string literal;
    std::size_t segment_start = 1;
    const auto end_run = [&] {
        if (!literal.empty() || run.empty()) run.push_back({std::exchange(literal, {}), -1});
        return std::exchange(run, {});
    };
    const auto end_segment = [&](std::size_t end) -> std::optional<path_problem> {
        std::vector<piece> segment = end_run();
        if (segment.size() == 1 && segment[0].reference < 0 && is_dot_segment(segment[0].literal))
            return path_problem{segment_start, "a dot segment would leave the path it stands in",
                                "write the path that is meant"};
        made.segments_.push_back(std::move(segment));
        segment_start = end + 1;
        return std::nullopt;
    };
    const auto end_pair = [&] {
        std::vector<piece> pieces = end_run();
        if (pieces.size() == 1 && pieces[0].reference >= 0 && pieces[0].literal.size() > 1 &&
            pieces[0].literal.find('=') == pieces[0].literal.size() - 1)
            made.references_[static_cast<std::size_t>(pieces[0].reference)].whole_pair = true;
        made.pairs_.push_back({std::move(pieces), -1});
    };

    for (std::size_t at = 1; at < text.size(); ++at) {
        const char byte = text[at];
        if (byte == '{') {
            const std::size_t close = text.find_first_of("{}", at + 1);
            if (close == std::string_view::npos || text[close] == '{')
                return path_problem{at, "`{` without `}`", "close the reference with `}`, or write %7B"};
            const std::string_view inside = text.substr(at + 1, close - at - 1);
            if (inside.empty())
                return path_problem{at, "`{}` names nothing", "write what belongs here, as in {id} or {job.id}"};
            run.push_back({std::exchange(literal, {}), static_cast<std::int32_t>(made.references_.size())});
            made.references_.push_back(
                {std::string(inside), at + 1, made.has_query_ ? place::query : place::path, false});
            at = close;
        } else if (byte == '/' && !made.has_query_) {
            if (auto fault = end_segment(at)) return *std::move(fault);
        } else if (byte == '?' && !made.has_query_) {
            if (auto fault = end_segment(at)) return *std::move(fault);
            made.has_query_ = true;
        } else if (byte == '&' && made.has_query_) {
            end_pair();
        } else {
            if (auto fault = check_literal_byte(text, at)) return *std::move(fault);
            literal.push_back(byte);
        }
    }
    if (made.has_query_) {
        end_pair();
    } else if (auto fault = end_segment(text.size())) {
        return *std::move(fault);
    }
    return made;
}

void url_template::drop_pair_when_absent(std::size_t reference) {
    assert(references_[reference].whole_pair);
    for (pair& each : pairs_) {
        if (each.pieces.size() == 1 && each.pieces[0].reference == static_cast<std::int32_t>(reference))
            each.dropped_without = static_cast<std::int32_t>(reference);
    }
}

result<url_template::expansion> url_template::expand(std::span<const url_value* const> values) const {
    assert(values.size() == references_.size());
    const auto droppable = [this](std::size_t reference) {
        for (const pair& each : pairs_) {
            if (each.dropped_without == static_cast<std::int32_t>(reference)) return true;
        }
        return false;
    };
    for (std::size_t at = 0; at < values.size(); ++at) {
        if (values[at]->is == url_value::kind::wrong_type)
            return error{errc::wrong_type,
                         "{" + references_[at].text + "} is no string, number or boolean, so it has no place in a URL"};
    }
    for (std::size_t at = 0; at < values.size(); ++at) {
        if (values[at]->is == url_value::kind::absent && !droppable(at)) return expansion{true, {}};
    }

    expansion made;
    made.target.reserve(text_.size() + 16 * values.size());
    for (const std::vector<piece>& segment : segments_) {
        made.target.push_back('/');
        const std::size_t start = made.target.size();
        std::int32_t last = -1;
        bool by_client = true;
        for (const piece& part : segment) {
            made.target += part.literal;
            if (part.reference < 0) continue;
            last = part.reference;
            const url_value& given = *values[static_cast<std::size_t>(last)];
            const std::string& value = given.text;
            by_client = by_client && given.from_client;
            if (hides_dot_segment(value))
                return error{given.from_client ? errc::invalid_parameter : errc::unsafe_reference,
                             "{" + references_[static_cast<std::size_t>(last)].text + "} holds a dot segment"};
            append_percent_encoded(made.target, value);
        }
        if (last < 0) continue;
        const std::string_view whole = std::string_view(made.target).substr(start);
        if (whole.empty() || is_dot_segment(whole))
            return error{by_client ? errc::invalid_parameter : errc::unsafe_reference,
                         "{" + references_[static_cast<std::size_t>(last)].text + "} would make the path segment \"" +
                             std::string(whole) + "\""};
    }
    if (!has_query_) return made;

    char separator = '?';
    for (const pair& each : pairs_) {
        if (each.dropped_without >= 0 &&
            values[static_cast<std::size_t>(each.dropped_without)]->is == url_value::kind::absent)
            continue;
        made.target.push_back(std::exchange(separator, '&'));
        for (const piece& part : each.pieces) {
            made.target += part.literal;
            if (part.reference >= 0)
                append_percent_encoded(made.target, values[static_cast<std::size_t>(part.reference)]->text);
        }
    }
    return made;
}

}  // namespace nearside::aggregators
