#include "config/read_inputs.h"

#include "config/complain.h"
#include "config/input_value.h"
#include "config/url_path.h"
#include "core/ascii.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

namespace nearside::config {
namespace {

using input = view_settings::query_parameter;
using input_type = view_settings::input_type;

// What the inputs of one view have in common while they are read.
struct input_section {
    std::string_view key;     // `query`, `headers`, `claims`
    std::string_view one;     // what one of them is, for people
    std::string_view source;  // the key that says where its value is; empty: by its name
    std::set<std::string>& taken;
    const section_context& context;
};

void read_bound(reader& keys, std::string_view key, std::optional<double>& into) {
    const node* const value = keys.take_scalar(key);
    if (value == nullptr) return;
    double number = 0;
    const char* const end = value->text.data() + value->text.size();
    const auto read = std::from_chars(value->text.data(), end, number);
    if (read.ec == std::errc{} && read.ptr == end)
        into = number;
    else
        keys.complain(value->at, quote(key) + " must be a number, not " + quote(value->text), "write it in digits");
}

void read_type(reader& keys, input& into) {
    if (const auto type = keys.read_choice("type", {"string", "integer", "number", "boolean"}))
        into.type = static_cast<input_type>(*type);
    for (const located<std::string>& choice : keys.read_list("enum"))
        into.choices.push_back(choice.value);
    read_bound(keys, "min", into.min);
    read_bound(keys, "max", into.max);
    const bool is_number = into.type == input_type::integer || into.type == input_type::number;
    for (const std::string_view bound : {"min", "max"}) {
        if (keys.given(bound) && !is_number)
            keys.complain(keys.place_of(bound), quote(bound) + " bounds numbers only",
                          "add `type: integer` or `type: number`, or remove it");
    }
}

void read_long_form(const node& form, input& into, const input_section& section, const std::string& where) {
    reader keys(form, form.at, where, section.context.out);
    read_type(keys, into);
    keys.read("required", into.required);
    if (!section.source.empty() && !keys.read(section.source, into.source) && !keys.given(section.source))
        keys.missing(section.source, "say which one, as in `" + std::string(section.source) + ": x-name`");
    if (const node* value = keys.take_any("default"); value != nullptr && value->is != node::kind::null) {
        if (value->is == node::kind::scalar)
            into.default_value = value->text;
        else
            keys.complain(value->at, "a default must be a single value or null, not " + std::string(kind_name(*value)),
                          "write `default: 1` or `default: null`");
        if (into.required)
            keys.complain(value->at, "a required input is never its default", "keep one of `required` and `default`");
    }
    keys.finish();
    if (!into.default_value) return;
    reading<std::string> normal = read_input(into, *into.default_value);
    if (normal.value)
        into.default_value = *std::move(normal.value);
    else
        keys.complain(keys.place_of("default"), "the default of " + quote(into.name) + " " + normal.what,
                      "give it a value that a client could send");
}

void read_section(reader& view, std::vector<input>& into, const input_section& section) {
    const node* const mapping = view.take_mapping(section.key);
    if (mapping == nullptr) return;
    complaint_list& out = section.context.out;
    for (const auto& [key, value] : mapping->members) {
        if (!is_identifier(key.text)) {
            out.push_back({key.at, quote(key.text) + " is no name for a " + std::string(section.one),
                           "use letters, digits, `_` and `-`, so that steps can say `{name}`"});
            continue;
        }
        if (!section.taken.insert(key.text).second) {
            const bool of_path = section.key == "query";
            out.push_back({key.at,
                           quote(key.text) + (of_path ? " is a parameter of the path already" : " is an input already"),
                           "rename one of the two"});
            continue;
        }
        input made{key.text, key.at, std::nullopt};
        if (value.is == node::kind::mapping) {
            read_long_form(value, made, section, std::string(section.one) + " " + quote(key.text));
        } else if (!section.source.empty()) {
            if (value.is == node::kind::scalar)
                made.source = value.text;
            else
                out.push_back({value.at,
                               quote(key.text) + " does not say which " + std::string(section.source) + " it is",
                               "write `" + key.text + ": {" + std::string(section.source) + ": ..}`"});
        } else if (value.is == node::kind::scalar) {
            made.default_value = value.text;
        } else if (value.is != node::kind::null) {
            out.push_back({value.at,
                           "the default of " + quote(key.text) + " must be a single value or null, not " +
                               std::string(kind_name(value)),
                           "write `" + key.text + ": 1` or `" + key.text + ": null`"});
        }
        into.push_back(std::move(made));
    }
}

void check_header(input& of, complaint_list& out) {
    of.source = lower_case(of.source);
    if (of.source.empty()) return;
    if (!is_token(of.source))
        out.push_back({of.at, quote(of.source) + " is no name of a header", "write one such as `accept-language`"});
    for (const std::string_view secret : {"authorization", "cookie", "proxy-authorization"}) {
        if (of.source == secret)
            out.push_back({of.at, quote(of.source) + " is a credential, and inputs are written into keys and logs",
                           "let the upstream `forward` it; what a token says of its user is an input of `claims`"});
    }
}

}  // namespace

void read_inputs(reader& view, view_settings& into, const std::vector<std::string>& path_names,
                 const section_context& context) {
    std::set<std::string> taken(path_names.begin(), path_names.end());
    read_section(view, into.query, {"query", "query parameter", "", taken, context});
    read_section(view, into.headers, {"headers", "header input", "header", taken, context});
    read_section(view, into.claims, {"claims", "claim", "claim", taken, context});
    for (input& each : into.headers)
        check_header(each, context.out);
}

}  // namespace nearside::config
