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
        const auto repairs = [&](const char* outcome) -> counter& {
            return registry.make_counter("nearside_view_repairs_total",
                                         "Runs behind a published view that could not be proven, by what came of them",
                                         {{"view", each->name}, {"outcome", outcome}});
        };
        const auto calls = [&](const char* name, const char* help) -> counter& {
            return registry.make_counter(name, help, {{"view", each->name}});
        };
        meters_.emplace(
            each.get(),
            of_view{
                requests("fresh"), requests("stale"), requests("made"), requests("collapsed"),
                requests("stale_if_error"), requests("failed"),
                calls("nearside_view_progressive_total", "Answers whose first part was sent before the view was whole"),
                runs("changed"), runs("unchanged"), runs("failed"), repairs("changed"), repairs("unchanged"),
                repairs("failed"),
                calls("nearside_speculation_hit_total",
                      "Upstream calls that were under way before a view's plan asked for them"),
                calls("nearside_speculation_waste_total",
                      "Speculated upstream calls that the plan didn't ask for, or could not use"),
                calls("nearside_speculation_second_wave_total",
                      "Upstream calls that a view had to wait for after others, though it has a recipe"),
                calls("nearside_view_tags_ignored_total", "Tags over a limit, of views that were made"),
                registry.make_histogram("nearside_plan_run_seconds", "How long the runs of a view's plan took",
                                        latency_bounds(), {{"view", each->name}})});
    }
}

}  // namespace nearside::proxy
