#include "proxy/view_meters.h"

namespace nearside::proxy {

view_meters::view_meters(metrics& registry, const site& places) {
    for (const auto& each : places.views()) {
        const auto requests = [&](const char* result) -> counter& {
            return registry.make_counter("nearside_view_requests_total",
                                         "Requests for views, by how they were answered",
                                         {{"view", each->name}, {"result", result}});
        };
        const auto runs = [&](const char* outcome) -> counter& {
            return registry.make_counter("nearside_plan_runs_total", "Runs of view plans, by what came of them",
                                         {{"view", each->name}, {"outcome", outcome}});
        };
        meters_.emplace(
            each.get(),
            of_view{requests("fresh"), requests("stale"), requests("made"), requests("collapsed"),
                    requests("stale_if_error"), requests("failed"), runs("changed"), runs("unchanged"), runs("failed"),
                    registry.make_histogram("nearside_plan_run_seconds", "How long the runs of a view's plan took",
                                            latency_bounds(), {{"view", each->name}})});
    }
}

}  // namespace nearside::proxy
