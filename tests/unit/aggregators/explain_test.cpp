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
    EXPECT_EQ(explain(*made, {}),
              R"(view project-board  GET /views/projects/{id}
wave 1  1 round trip         project  GET /api/projects/{id}/
        1 round trip         jobs     GET /api/jobs/?project={id}&page={page}
wave 2  1 to 32 round trips  metrics  GET /api/jobs/{job.id}/metrics/          needs jobs.results[*]; each item as job, 16 at a time, at most 500
        1 round trip         owner    GET /api/users/{project.owner_id}/       needs project.owner_id; optional, else null; within 800 ms

from cache: 0 round trips
refreshed: 1 round trip, since the calls of the last run are made at once; one more where an id has changed that a call is made of, or, with `consistency: strict`, anything that a call depends on
first ever: 2 round trips while all that is parallel fits into its `parallel`, at most 33:
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
    const std::string told = explain(*made, {});
    EXPECT_NE(told.find("wave 3  1 round trip  c "), std::string::npos) << told;
    EXPECT_NE(told.find("needs b.id, a.id"), std::string::npos) << told;
    EXPECT_NE(told.find("guard  GET /may/{id}/         not shown: a guard"), std::string::npos) << told;
    EXPECT_NE(told.find("first ever: 3 round trips\n"), std::string::npos) << told;
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
    const std::string told = explain(*made, {});
    EXPECT_NE(told.find("3 round trips while all that is parallel fits into its `parallel`, at most 6:\n"),
              std::string::npos)
        << told;
}

TEST(explain, pages_conditions_and_posts) {
    const auto made = good_plan(R"(  all:
    path: /a
    query: {full: null}
    upstream: api
    steps:
      jobs: {get: /jobs/, pages: {items: results, next: next, count: count, max: 137, parallel: 64}}
      logs: {get: /logs/, pages: {items: results, next: next, max: 9}, when: full}
      found: {post: /search/, safe: true, body: {ids: "jobs[*].id"}}
)");
    const std::string told = explain(*made, {});
    EXPECT_NE(
        told.find("wave 1  1 to 4 round trips  jobs   GET /jobs/     at most 137 pages, behind the first 64 at a time: "
                  "2 round trips up to 65 pages, one more for each 64 beyond (one a page where the first doesn't"),
        std::string::npos)
        << told;
    EXPECT_NE(
        told.find("1 to 9 round trips  logs   GET /logs/     at most 9 pages, each after the one before that tells "
                  "it: a round trip a page; when full"),
        std::string::npos)
        << told;
    EXPECT_NE(told.find("wave 3  1 round trip        found  POST /search/  needs jobs"), std::string::npos) << told;
    EXPECT_NE(told.find("refreshed: 2 round trips, since"), std::string::npos) << told;
    EXPECT_NE(told.find("first ever: 3 round trips while"), std::string::npos) << told;
}

TEST(explain, what_is_parallel_is_no_wider_than_the_connections_of_its_upstream) {
    const auto made = good_plan(R"(  all:
    path: /a
    upstream: api
    steps:
      jobs: {get: /jobs/, pages: {items: results, next: next, count: count, max: 137, parallel: 64}}
      logs: {each: "jobs[*]", as: job, get: "/logs/{job.id}", parallel: 8, max: 16}
)");
    config::upstream_settings api;
    api.name = "api";
    api.scheme = "https";
    api.warm_connections = 4;
    api.max_connections = 16;
    const std::string told = explain(*made, {&api, 1});
    for (const char* line :
         {"1 to 10 round trips  jobs  GET /jobs/",
          "behind the first 16 at a time: 2 round trips up to 17 pages, one more for each 16 beyond",
          "not 64 at once: `connections.max` of api is 16",
          "made at once as far as they fit into `connections.max` (api: 16);",
          "at most 12:\n  jobs (the first page, then 16 of up to 136 at a time) + logs (one for each 8",
          "Upstream api has 4 warm connections: where more calls than that go out at once, the first time, "
          "those beyond it open connections first: two round trips more.\n"})
        EXPECT_NE(told.find(line), std::string::npos) << line << "\n" << told;
}

TEST(explain, where_an_upstream_is_pipelined_more_goes_out_at_once) {
    const auto made = good_plan(R"(  all:
    path: /a
    upstream: piped
    steps:
      jobs: {get: /jobs/, pages: {items: results, next: next, count: count, max: 137, parallel: 64}}
      logs: {each: "jobs[*]", as: job, get: "/logs/{job.id}", parallel: 8, max: 48}
)");
    config::upstream_settings piped;
    piped.name = "piped";
    piped.warm_connections = 64;
    piped.pipeline = 3;
    const std::string told = explain(*made, {&piped, 1});
    for (const char* line :
         {"1 to 2 round trips  jobs  GET /jobs/", "behind the first 192 at a time: 2 round trips up to 137 pages (",
          "24 at a time, at most 48",
          "made at once as far as they fit into `connections.max` (piped: 64 with 3 on each);",
          "at most 4:\n  jobs (the first page, then 192 of up to 136 at a time) + logs (one for each 24"})
        EXPECT_NE(told.find(line), std::string::npos) << line << "\n" << told;
    EXPECT_EQ(told.find("warm connections"), std::string::npos) << told;
}

}  // namespace
}  // namespace nearside::aggregators
