#include "config/read_inputs.h"
#include "config/read_schema.h"
#include "config/reader.h"
#include "config/sections.h"
#include "config/url_path.h"
#include "core/ascii.h"

namespace nearside::config {

namespace {

// False: there are none.
bool read_steps(reader& view, view_settings& into, const section_context& context) {
    const node* section = view.take_mapping("steps");
    if (section == nullptr || section->members.empty()) {
        if (section != nullptr || !view.given("steps")) {
            view.missing("steps", "write `steps: {name: {get: /path}}`");
        }
        return false;
    }
    for (const member& item : section->members)
        into.steps.push_back(read_step(item, context));
    return true;
}

// Whether each `{name}` of a path that is no pattern can be told all the same.
bool has_whole_braces(std::string_view path) {
    bool open = false;
    for (const char each : path) {
        if (each != '{' && each != '}') continue;
        if (open == (each == '{')) return false;
        open = !open;
    }
    return !open;
}

}  // namespace

std::optional<view_settings> read_view(const member& item, const section_context& context) {
    const std::string where = "view " + quote(item.key.text);
    view_settings view;
    view.name = item.key.text;
    view.at = item.key.at;
    if (!is_token(view.name)) {
        context.out.push_back(
            {item.key.at, quote(view.name) + " is no name for a view", "use letters, digits, `-`, `_` and `.`"});
    }
    if (!expect_item(item, where, "a `path` and `steps`", context.out)) return std::nullopt;
    reader keys(item.value, item.key.at, where, context.out);

    std::vector<std::string> path_names;
    view.inputs_known = keys.read("path", view.path);
    view.faulty_path = !view.inputs_known;
    if (!keys.given("path")) keys.missing("path", "write `path: /views/" + view.name + "`");
    if (!view.faulty_path) {
        reading<path_pattern> pattern = parse_view_path(view.path.value);
        if (pattern.value) {
            path_names = std::move(pattern.value->parameters);
        } else {
            keys.complain(view.path.at, std::move(pattern.what), std::move(pattern.mend));
            view.faulty_path = true;
            view.inputs_known = has_whole_braces(view.path.value);
        }
    }
    const std::size_t before_inputs = context.out.size();
    read_inputs(keys, view, path_names, context);
    // One that was complained about may not be among them.
    if (context.out.size() > before_inputs) view.inputs_known = false;
    keys.read("fresh", view.windows.fresh);
    keys.read("stale", view.windows.stale);
    keys.read("stale_if_error", view.windows.stale_if_error);
    if (const auto scope = keys.read_choice("scope", {"user", "public"})) {
        view.scope = *scope == 0 ? view_scope::user : view_scope::everyone;
        view.scope_at = keys.place_of("scope");
    }
    if (const node* refresh = keys.take_mapping("refresh")) {
        reader inside(*refresh, keys.place_of("refresh"), where + ", `refresh`", context.out);
        inside.read("while_used_within", view.renewed_while_used_within);
        inside.finish();
    }
    if (const auto consistency = keys.read_choice("consistency", {"repaired", "strict"}))
        view.strict = *consistency == 1;
    view.faulty_upstream = !keys.read("upstream", view.upstream) && keys.given("upstream");
    if (!read_steps(keys, view, context)) view.faulty = true;
    if (const node* out = keys.take("out")) view.out = *out;
    if (const node* jq = keys.take_scalar("jq")) view.jq = *jq;
    read_schema(keys, view, context);
    if (const node* warm = keys.take_sequence("warm")) read_warm(*warm, where, view, context);
    if (keys.read("item_id", view.item_id) && view.item_id.empty()) {
        keys.complain(keys.place_of("item_id"), "`item_id` of " + where + " is empty",
                      "name a member of the items, such as `id`");
    }
    view.tags = read_templates(keys, "tags", where, "project:{id}");
    keys.finish();
    view.faulty = view.faulty || view.faulty_path || view.faulty_upstream;
    return view;
}

}  // namespace nearside::config
