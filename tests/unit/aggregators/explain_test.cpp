#include "aggregators/explain.h"

#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_plan;

TEST(explain, tells_waves_round_trips_and_what_each_step_waits_for) {
    const auto made = good_plan(R"(  project-board:
    path: /views/projects/{id}
    query: {page: 1}
    upstream: api
    steps:
      metrics: {each: "jobs.results[*]", as: job, get: "/api/jobs/{job.id}/metrics/"}
      owner: {get: "/api/users/{project.owner_id}/", optional: true, timeout: 800ms}
      project: {get: "/api/projects/{id}/"}
      jobs: {get: "/api/jobs/?project={id}&page={page}"}
)");
    EXPECT_EQ(explain(*made),
              R"(view project-board  GET /views/projects/{id}
wave 1  1 round trip         project  GET /api/projects/{id}/
        1 round trip         jobs     GET /api/jobs/?project={id}&page={page}
wave 2  1 to 32 round trips  metrics  GET /api/jobs/{job.id}/metrics/          needs jobs.results[*]; each item as job, 16 at a time, at most 500
        1 round trip         owner    GET /api/users/{project.owner_id}/       needs project.owner_id; optional, else null; within 800 ms

from cache: 0 round trips
first ever, or refreshed: 2 round trips while every fan-out fits into its `parallel`, at most 33:
  jobs (1) + metrics (one for each 16 of up to 500 items)
A step starts as soon as what it needs is there; it does not wait for the rest of a wave.
)");
}

TEST(explain, a_chain_costs_its_depth_and_a_guard_is_told) {
    const auto made = good_plan(R"(  chain:
    path: /c/{id}
    upstream: api
    steps:
      a: {get: "/a/{id}/"}
      b: {get: "/b/{a.id}/"}
      c: {get: "/c/{b.id}/{a.id}/"}
      guard: {get: "/may/{id}/"}
    out: {c: c}
)");
    const std::string told = explain(*made);
    EXPECT_NE(told.find("wave 3  1 round trip  c "), std::string::npos) << told;
    EXPECT_NE(told.find("needs b.id, a.id"), std::string::npos) << told;
    EXPECT_NE(told.find("guard  GET /may/{id}/         not shown: a guard"), std::string::npos) << told;
    EXPECT_NE(told.find("first ever, or refreshed: 3 round trips\n"), std::string::npos) << told;
}

TEST(explain, fan_outs_one_behind_the_other_add_up) {
    const auto made = good_plan(R"(  deep:
    path: /d
    upstream: api
    steps:
      a: {get: /a/}
      b: {each: "a[*]", as: x, get: "/b/{x}/", parallel: 10, max: 25}
      c: {each: "b[*]", as: y, get: "/c/{y}/", parallel: 5, max: 10}
)");
    const std::string told = explain(*made);
    EXPECT_NE(told.find("3 round trips while every fan-out fits into its `parallel`, at most 6:\n"), std::string::npos)
        << told;
}

}  // namespace
}  // namespace nearside::aggregators
