#include "config/reader.h"
#include "config/sections.h"
#include "config/url_path.h"

namespace nearside::config {

namespace {

// Whether the route can be told apart by its path.
bool read_path(reader& keys, route_settings& into) {
    keys.read("path", into.path);
    if (!keys.given("path")) keys.missing("path", "write `path: /api/**`");
    if (into.path.value.empty()) return false;
    reading<path_pattern> pattern = parse_route_path(into.path.value);
    if (pattern.value) return true;
    keys.complain(into.path.at, std::move(pattern.what), std::move(pattern.mend));
    return false;
}

}  // namespace

std::optional<route_settings> read_route(const node& item, const section_context& context) {
    if (!expect_mapping(item, "a route", context.out)) return std::nullopt;
    reader keys(item, item.at, "a route", context.out);
    route_settings route;
    route.faulty_path = !read_path(keys, route);
    located<std::string> upstream;
    route.faulty_upstream = !keys.read("upstream", upstream) && keys.given("upstream");
    route.upstream = upstream.value;
    route.upstream_at = keys.place_of("upstream");

    keys.read("fresh", route.windows.fresh);
    keys.read("stale", route.windows.stale);
    keys.read("stale_if_error", route.windows.stale_if_error);
    if (const node* section = keys.take_mapping("negative")) read_negative(*section, route.negative, context);
    keys.read("override_origin", route.override_origin);
    if (route.override_origin && !keys.given("fresh") && !keys.given("negative")) {
        keys.complain(keys.place_of("override_origin"),
                      "`override_origin` without `fresh` has nothing to say instead of the origin",
                      "add `fresh: 5s`, or remove it");
    }
    if (const node* section = keys.take_mapping("key")) read_route_key(*section, route.key, context);
    if (const node* section = keys.take_mapping("bypass")) read_bypass(*section, route.bypass, context);
    route.tags = read_templates(keys, "tags", "a route", "job:{1}");
    route.invalidates = read_templates(keys, "invalidates", "a route", "job:{request.id}");
    keys.finish();
    return route;
}

}  // namespace nearside::config
