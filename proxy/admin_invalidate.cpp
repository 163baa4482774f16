#include "proxy/admin_invalidate.h"

#include "cache/path_pattern.h"
#include "config/complain.h"
#include "core/ascii.h"
#include "core/percent_encoding.h"
#include "proxy/tag_fields.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

namespace dom = simdjson::dom;
using cache::invalidation;
using cache::invalidation_order;
using limits = invalidation_limits;
using names = std::vector<std::string>;

error refused_order(std::string why) {
    return {errc::bad_request, std::move(why)};
}

std::string_view kind_of(dom::element_type type) noexcept {
    switch (type) {
        case dom::element_type::ARRAY:
            return "a list";
        case dom::element_type::OBJECT:
            return "an object";
        case dom::element_type::STRING:
            return "text";
        case dom::element_type::BOOL:
            return "true or false";
        case dom::element_type::NULL_VALUE:
            return "null";
        default:
            return "a number";
    }
}

// No header, key or URL holds one, so nothing can have such a name.
bool has_control(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char each) {
        const auto code = static_cast<unsigned char>(each);
        return code < 0x20 || code == 0x7F;
    });
}

// What is wrong with one name; `where` is its place, as in `tags[3]`.
std::optional<error> fault_of(const std::string& where, std::string_view text, std::size_t most) {
    if (text.empty()) return refused_order(where + " is empty");
    if (text.size() > most) return refused_order(where + " is longer than " + std::to_string(most) + " bytes");
    if (has_control(text)) return refused_order(where + " holds a control character");
    return std::nullopt;
}

std::optional<error> fault_of_path(const std::string& where, std::string_view text) {
    if (cache::is_path_pattern(text)) return std::nullopt;
    return refused_order(where + " is no pattern of paths: it begins with `/`, has no query, and at most " +
                         std::to_string(cache::longest_pattern) + " bytes; `*` is within a segment, `**` for the rest");
}

// A list of names of an object. `left`: how many the whole body may still bring.
std::optional<error> read_names(const dom::element& value, const std::string& name, std::size_t most, std::size_t& left,
                                names& into) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) {
        return refused_order("`" + name + "` must be a list of texts, not " + std::string(kind_of(value.type())));
    }
    for (const dom::element item : list) {
        const std::string where = "`" + name + "[" + std::to_string(into.size()) + "]`";
        std::string_view text;
        if (item.get(text) != simdjson::SUCCESS) {
            return refused_order(where + " must be text, not " + std::string(kind_of(item.type())));
        }
        if (left == 0) return refused_order("more than " + std::to_string(limits::texts) + " names in one call");
        --left;
        const std::optional<error> fault = name == "paths" ? fault_of_path(where, text) : fault_of(where, text, most);
        if (fault) return fault;
        into.emplace_back(text);
    }
    return std::nullopt;
}

std::optional<error> read_mode(const dom::element& value, invalidation& into) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
        return refused_order("`mode` must be \"soft\" or \"hard\", not " + std::string(kind_of(value.type())));
    }
    if (text != "soft" && text != "hard") {
        return refused_order("`mode` is \"soft\" or \"hard\", not " + config::quote(text));
    }
    into = text == "hard" ? invalidation::hard : invalidation::soft;
    return std::nullopt;
}

struct part {
    std::string_view name;
    names invalidation_order::* into;
    std::size_t most;
};
constexpr std::array<part, 4> parts = {{{"tags", &invalidation_order::tags, limits::name_bytes},
                                        {"keys", &invalidation_order::keys, limits::key_bytes},
                                        {"views", &invalidation_order::views, limits::name_bytes},
                                        {"paths", &invalidation_order::paths, cache::longest_pattern}}};

std::optional<error> read_member(std::string_view name, const dom::element& value, std::size_t& left,
                                 invalidation_order& into) {
    if (name == "mode") return read_mode(value, into.how);
    const auto* const found =
        std::find_if(parts.begin(), parts.end(), [&](const part& each) { return each.name == name; });
    if (found == parts.end()) {
        return refused_order("unknown member " + config::quote(name) + "; " +
                             config::suggest_name(name, {"tags", "keys", "views", "paths", "mode"}));
    }
    return read_names(value, std::string(name), found->most, left, into.*(found->into));
}

// The members of a body that is one object; the texts live as long as the parser.
result<dom::object> read_object(dom::parser& parser, std::string_view json) {
    dom::element root;
    const simdjson::error_code failed = parser.parse(json.data(), json.size(), true).get(root);
    if (failed != simdjson::SUCCESS) {
        return refused_order(std::string("the body is not JSON: ") + simdjson::error_message(failed));
    }
    dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
        return refused_order("the body must be an object, not " + std::string(kind_of(root.type())));
    }
    std::vector<std::string_view> seen;
    for (const dom::key_value_pair member : object) {
        if (std::find(seen.begin(), seen.end(), member.key) != seen.end()) {
            return refused_order(config::quote(member.key) + " stands twice in the body");
        }
        seen.push_back(member.key);
        // More than any body has that is understood: the first of them is told.
        if (seen.size() > parts.size() + 1) break;
    }
    return object;
}

std::optional<error> read_tags(std::span<const tag_field> known, const header_fields& fields, names& into) {
    std::optional<error> fault;
    for (const header_fields::field& each : fields) {
        for (const tag_field& of : known) {
            if (!iequals(each.name, of.name)) continue;
            for_each_tag(of, each.value, [&](std::string_view tag) {
                const std::string where = "tag " + std::to_string(into.size() + 1) + " of " + std::string(of.name);
                if (!fault) fault = fault_of(where, tag, limits::name_bytes);
                if (!fault) into.emplace_back(tag);
            });
        }
    }
    return fault;
}

std::optional<error> read_surrogate_keys(const header_fields& fields, names& into) {
    if (auto fault = read_tags(naming_fields, fields, into)) return fault;
    return read_tags(purging_fields, fields, into);
}

invalidation purge_mode(const header_fields& fields) noexcept {
    const bool soft = fields.find("fastly-soft-purge") == "1" || fields.contains("xkey-softpurge");
    return soft ? invalidation::soft : invalidation::hard;
}

void append_summary(std::string& out, std::string_view what, const names& of) {
    constexpr std::size_t told = 8, longest = 64;
    if (of.empty()) return;
    if (!out.empty()) out += "; ";
    out.append(std::to_string(of.size())).append(" ").append(what).append(": ");
    for (std::size_t at = 0; at < std::min(told, of.size()); ++at) {
        if (at > 0) out += ' ';
        out.append(of[at].substr(0, longest));
        if (of[at].size() > longest) out += "...";
    }
    if (of.size() > told) out += " ...";
}

}  // namespace

result<invalidation_order> read_invalidation(std::string_view json) {
    if (json.size() > limits::body_bytes) return error{errc::body_too_large, "the body is longer than 1 MiB"};
    dom::parser parser;
    const result<dom::object> object = read_object(parser, json);
    if (!object) return object.error();
    invalidation_order order;
    std::size_t left = limits::texts;
    for (const dom::key_value_pair member : *object) {
        if (auto fault = read_member(member.key, member.value, left, order)) return *std::move(fault);
    }
    if (order.empty()) return refused_order("nothing is named: give `tags`, `keys`, `views` or `paths`");
    return order;
}

result<invalidation_order> read_purge(const request_head& request) {
    invalidation_order order;
    order.how = purge_mode(request.fields);
    if (auto fault = read_surrogate_keys(request.fields, order.tags)) return *std::move(fault);
    if (!order.tags.empty() && request.path() == "/") return order;
    if (auto fault = fault_of_path("the path", request.path())) return *std::move(fault);
    order.paths.emplace_back(request.path());
    return order;
}

result<invalidation_order> read_tag_purge(std::string_view encoded, const header_fields& fields,
                                          std::string_view body) {
    invalidation_order order;
    order.how = purge_mode(fields);
    if (!encoded.empty()) {
        std::optional<std::string> tag = percent_decoded(encoded);
        if (!tag) return refused_order("the tag in the path is not percent-encoded right");
        if (auto fault = fault_of("the tag in the path", *tag, limits::name_bytes)) return *std::move(fault);
        order.tags.push_back(*std::move(tag));
        return order;
    }
    if (auto fault = read_surrogate_keys(fields, order.tags)) return *std::move(fault);
    if (!body.empty()) {
        dom::parser parser;
        const result<dom::object> object = read_object(parser, body);
        if (!object) return object.error();
        std::size_t left = limits::texts;
        for (const dom::key_value_pair member : *object) {
            if (member.key != "surrogate_keys") return refused_order("unknown member " + config::quote(member.key));
            if (auto fault = read_names(member.value, "surrogate_keys", limits::name_bytes, left, order.tags))
                return *std::move(fault);
        }
    }
    if (order.empty()) return refused_order("nothing is named: give tags in Surrogate-Key");
    return order;
}

std::string summary_of(const invalidation_order& order) {
    std::string line;
    append_summary(line, "tags", order.tags);
    append_summary(line, "keys", order.keys);
    append_summary(line, "views", order.views);
    append_summary(line, "paths", order.paths);
    return line;
}

}  // namespace nearside::proxy
