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
    bool whole = keys.read("path", view.path);
    if (!keys.given("path")) keys.missing("path", "write `path: /views/" + view.name + "`");
    if (whole) {
        reading<path_pattern> pattern = parse_view_path(view.path.value);
        if (pattern.value) {
            path_names = std::move(pattern.value->parameters);
        } else {
            keys.complain(view.path.at, std::move(pattern.what), std::move(pattern.mend));
            whole = false;
        }
    }
    read_inputs(keys, view, path_names, context);
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
    if (!keys.read("upstream", view.upstream) && keys.given("upstream")) whole = false;
    whole = read_steps(keys, view, context) && whole;
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
    if (!whole) return std::nullopt;
    return view;
}

}  // namespace nearside::config
