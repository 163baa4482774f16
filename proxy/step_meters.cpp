#include "proxy/step_meters.h"

namespace nearside::proxy {

namespace {

counter& of_result(metrics& registry, const char* result) {
    return registry.make_counter("nearside_step_calls_total",
                                 "Documents that plan runs asked for, by where they came from", {{"result", result}});
}

}  // namespace

step_meters::step_meters(metrics& registry)
    : fresh(of_result(registry, "fresh")),
      joined(of_result(registry, "joined")),
      validated(of_result(registry, "validated")),
      fetched(of_result(registry, "fetched")),
      failed(of_result(registry, "failed")),
      waiting(registry.make_gauge("nearside_step_calls_waiting",
                                  "Documents that plan runs wait for, which other runs fetch")) {}

}  // namespace nearside::proxy
