#include "proxy/tag_template.h"

#include "aggregators/braces.h"
#include "config/complain.h"
#include "core/ascii.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace nearside::proxy {

namespace {

using aggregators::parsed;
using aggregators::path_problem;

constexpr std::string_view of_query = "query.";

std::string count_of(std::size_t captures) {
    return captures == 0   ? "the path has no `*` to refer to"
           : captures == 1 ? "the path has one `*` or `{name}` alone"
                           : "the path has only " + std::to_string(captures) + " of `*` and `{name}`";
}

parsed<tag_template::reference> parse_number(std::string_view digits, const tag_scope& scope) {
    std::size_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = failure == std::errc{} && end == digits.data() + digits.size();
    if (whole && number >= 1 && (number <= scope.captures.size() || !scope.counted))
        return tag_template::reference{tag_template::capture{number - 1}};
    return path_problem{0, "there is no {" + std::string(digits) + "} here: " + count_of(scope.captures.size()),
                        scope.captures.empty() ? "put a `*` into the path, or take the reference out"
                                               : "write {1}: they are counted from 1"};
}

parsed<tag_template::reference> parse_body_value(std::string_view text, const tag_scope& scope) {
    parsed<aggregators::reference> read = aggregators::parse_reference(text);
    if (!read) return std::move(read).error();
    const std::string_view root = read->root;
    const bool of_request = root == "request";
    if (!of_request && root != "response") {
        const bool alone = !read->loop && read->path.selectors.empty();
        if (alone && !scope.named) return tag_template::reference{tag_template::capture{}};
        std::vector<std::string_view> known;
        for (const std::string& name : scope.captures)
            if (!name.empty()) known.push_back(name);
        known.push_back("query");
        if (scope.bodies) known.insert(known.end(), {"request", "response"});
        return path_problem{0, "nothing here is called " + config::quote(root), config::suggest_name(root, known)};
    }
    if (!scope.bodies) {
        return path_problem{0, "a stored response has its tags before its body is there",
                            "name it by the path or the query, or let the upstream send `Surrogate-Key`"};
    }
    if (read->loop) {
        return path_problem{0, "there is no loop here for " + config::quote(*read->loop),
                            "write " + std::string(root) + "[*] for one tag each"};
    }
    if (read->path.selectors.empty()) {
        return path_problem{0, config::quote(root) + " is a whole body",
                            "name a part of it: {" + std::string(root) + ".id}"};
    }
    return tag_template::reference{tag_template::body_value{
        of_request ? tag_template::message::request : tag_template::message::response, std::move(read->path)}};
}

parsed<tag_template::reference> parse_reference(std::string_view text, const tag_scope& scope) {
    if (text.empty())
        return path_problem{0, "`{}` names nothing", "write what belongs here, as in {1} or {query.page}"};
    if (is_digit(text.front())) return parse_number(text, scope);
    const auto named = std::find(scope.captures.begin(), scope.captures.end(), text);
    if (named != scope.captures.end()) {
        return tag_template::reference{tag_template::capture{static_cast<std::size_t>(named - scope.captures.begin())}};
    }
    if (text == "query" || text == of_query) {
        return path_problem{0, "`{query}` names no parameter", "write {query.page}"};
    }
    if (text.starts_with(of_query)) {
        return tag_template::reference{tag_template::parameter{std::string(text.substr(of_query.size()))}};
    }
    return parse_body_value(text, scope);
}

bool selects_many(const tag_template::reference& of) noexcept {
    const auto* value = std::get_if<tag_template::body_value>(&of);
    return value != nullptr && !value->path.definite();
}

}  // namespace

parsed<tag_template> tag_template::parse(std::string_view text, const tag_scope& scope) {
    auto split = aggregators::split_at_braces(text);
    if (!split) return std::move(split).error();
    tag_template made;
    bool many = false;
    for (aggregators::braced_piece& part : *split) {
        if (!part.reference) {
            made.pieces_.push_back({std::move(part.literal), std::nullopt, part.offset});
            continue;
        }
        parsed<reference> read = parse_reference(*part.reference, scope);
        if (!read) {
            path_problem problem = std::move(read).error();
            problem.offset += part.offset;
            return problem;
        }
        if (selects_many(*read)) {
            if (many) {
                return path_problem{part.offset, "two references of one tag select many values",
                                    "give each its own tag, or select one value"};
            }
            many = true;
        }
        made.pieces_.push_back({std::move(part.literal), std::move(*read), part.offset});
    }
    return made;
}

}  // namespace nearside::proxy
