#include "config/read_schema.h"

#include "config/parse_yaml.h"

#include <utility>

namespace nearside::config {

namespace {

constexpr const char* how = "write a JSON Schema, such as `{type: object, properties: {..}}`";

// A schema is an object: `true` and `false` are schemas as well (JSON Schema 4.3.2), and tell a client nothing.
bool is_schema(const node& value) {
    return value.is == node::kind::mapping;
}

// JSON is YAML.
std::optional<node> read_file(const located<std::string>& named, const section_context& context) {
    const std::string path = resolve_path(named.at.file, named.value);
    const file_source::content content = context.files.read(path, yaml_limits::bytes);
    if (!content.failure.empty()) {
        context.out.push_back({named.at, "cannot read " + quote(path) + ": " + content.failure,
                               "name a file with a JSON Schema, in JSON or YAML"});
        return std::nullopt;
    }
    // Any file can be named, also one that holds secrets: what is wrong in it is not quoted.
    complaint_list own;
    parsed_yaml parsed = parse_yaml(path, content.text, own);
    if (parsed.whole && own.empty() && is_schema(parsed.root)) return std::move(parsed.root);
    context.out.push_back({named.at, quote(path) + " holds no JSON Schema", how});
    return std::nullopt;
}

}  // namespace

void read_schema(reader& view, view_settings& into, const section_context& context) {
    const node* const value = view.take("schema");
    if (value == nullptr) return;
    if (value->is == node::kind::mapping) {
        into.schema = *value;
    } else if (value->is != node::kind::scalar) {
        view.complain(value->at, "`schema` must be a mapping, a file or `none`", how);
    } else if (value->text == "none") {
        into.learn_schema = false;
    } else {
        into.schema = read_file({value->text, value->at, value->quoted}, context);
    }
}

}  // namespace nearside::config
