#include "config/reader.h"
#include "config/sections.h"
#include "config/url_path.h"

namespace nearside::config {

std::optional<route_settings> read_route(const node& item, const section_context& context) {
    if (!expect_mapping(item, "a route", context.out)) return std::nullopt;
    reader keys(item, item.at, "a route", context.out);
    route_settings route;
    keys.read("path", route.path);
    if (!keys.given("path")) keys.missing("path", "write `path: /api/**`");
    if (!route.path.value.empty()) {
        reading<path_pattern> pattern = parse_route_path(route.path.value);
        if (!pattern.value) {
            keys.complain(route.path.at, std::move(pattern.what), std::move(pattern.mend));
            route.path = {};
        }
    }
    located<std::string> upstream;
    const bool has_upstream = keys.read("upstream", upstream);
    route.upstream = upstream.value;
    route.upstream_at = keys.place_of("upstream");
    keys.not_yet(
        {"fresh", "stale", "stale_if_error", "negative", "tags", "key", "bypass", "invalidates", "override_origin"});
    keys.finish();
    if (route.path.value.empty() || (keys.given("upstream") && !has_upstream)) return std::nullopt;
    return route;
}

}  // namespace nearside::config
