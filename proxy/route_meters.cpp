#include "proxy/route_meters.h"

#include <string>

namespace nearside::proxy {

route_meters::route_meters(metrics& registry, const site& places) {
    for (const auto& each : places.routes()) {
        const auto requests = [&](const char* result) -> counter& {
            return registry.make_counter("nearside_route_requests_total",
                                         "Requests for routes, by how they were answered",
                                         {{"route", each->path}, {"result", result}});
        };
        meters_.emplace(
            each.get(),
            of_route{
                requests("fresh"), requests("stale"), requests("stale_if_error"), requests("fetched"),
                requests("collapsed"), requests("failed"), requests("passed"),
                registry.make_counter("nearside_route_validations_total",
                                      "Stored answers that the upstream said were still good", {{"route", each->path}}),
                registry.make_counter("nearside_route_tags_ignored_total",
                                      "Tags over a limit, of stored answers and of writes", {{"route", each->path}})});
    }
    for (int reason = 0; reason <= static_cast<int>(cache::refusal::last); ++reason) {
        const std::string_view name = to_string(static_cast<cache::refusal>(reason));
        refusals_.push_back(name.empty() ? nullptr
                                         : &registry.make_counter("nearside_not_stored_total",
                                                                  "Answers to routes that were not stored, by reason",
                                                                  {{"reason", std::string(name)}}));
    }
}

void route_meters::not_stored(cache::refusal why) const {
    if (counter* const of = refusals_.at(static_cast<std::size_t>(why))) of->add();
}

}  // namespace nearside::proxy
