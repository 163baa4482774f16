#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_steps;
using testing::plan_bench;
using list = std::vector<std::string>;

constexpr std::string_view jobs_and_metrics = R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.id}/", parallel: 2, max: 5}
)";

TEST(plan_run_each, results_come_in_input_order_whatever_order_they_arrive_in) {
    plan_bench bench(good_steps(jobs_and_metrics));
    bench.answer("/jobs/", R"([{"id": "a"}, {"id": "b"}, {"id": "c"}])");
    EXPECT_EQ(bench.open(), (list{"/m/a/", "/m/b/"}));
    bench.answer("/m/b/", "2");
    EXPECT_EQ(bench.open(), (list{"/m/a/", "/m/c/"}));
    bench.answer("/m/c/", "3");
    bench.answer("/m/a/", "1");
    EXPECT_EQ(bench.document(), R"({"jobs":[{"id": "a"}, {"id": "b"}, {"id": "c"}],"metrics":[1,2,3]})");
    EXPECT_EQ(bench.report("metrics").calls, 3u);
    EXPECT_EQ(bench.run().waves(), 2u);
}

TEST(plan_run_each, where_the_upstream_is_pipelined_more_are_asked_for_than_parallel_says) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/, upstream: piped}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job}/", parallel: 2, upstream: piped}
)"));
    bench.answer("/jobs/", "[1, 2, 3, 4, 5, 6, 7]");
    EXPECT_EQ(bench.open().size(), 6u);
    bench.answer("/m/1/", "1");
    EXPECT_EQ(bench.open().back(), "/m/7/");
    for (std::size_t call = 1; call < bench.requests().size(); ++call)
        EXPECT_EQ(bench.requests()[call].parallel, 2u) << "more are sent, and no more are worked on";
}

TEST(plan_run_each, an_empty_list_is_an_empty_list_and_null_is_a_skip) {
    plan_bench empty(good_steps(jobs_and_metrics));
    empty.answer("/jobs/", "[]");
    EXPECT_EQ(empty.document(), R"({"jobs":[],"metrics":[]})");
    EXPECT_EQ(empty.report("metrics").outcome, step_report::outcome::done);

    plan_bench nothing(good_steps(jobs_and_metrics));
    nothing.answer("/jobs/", "null");
    EXPECT_EQ(nothing.document(), R"({"jobs":null,"metrics":null})");
    EXPECT_EQ(nothing.report("metrics").outcome, step_report::outcome::skipped);
}

TEST(plan_run_each, going_over_a_text_is_a_wrong_type) {
    plan_bench bench(good_steps(jobs_and_metrics));
    bench.answer("/jobs/", R"("detail: not a list")");
    EXPECT_EQ(bench.document(), "failed: metrics wrong_type");
    EXPECT_NE(bench.failure().cause.detail.find("each `jobs[*]`"), std::string::npos) << bench.failure().cause.detail;
}

TEST(plan_run_each, more_items_than_max_fail_the_step_before_any_call) {
    plan_bench bench(good_steps(jobs_and_metrics));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}, {"id": 6}])");
    EXPECT_EQ(bench.document(), "failed: metrics fan_out_limit");
    EXPECT_EQ(bench.asked(), (list{"/jobs/"}));

    plan_bench just(good_steps(jobs_and_metrics));
    just.answer("/jobs/", R"([{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}])");
    EXPECT_EQ(just.open().size(), 2u);
}

TEST(plan_run_each, an_optional_step_over_its_max_becomes_its_default) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.id}/", max: 1, optional: true, else: []}
      after: {each: "metrics[*]", as: m, get: "/after/{m.id}/"}
)"));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2}])");
    EXPECT_EQ(bench.document(), R"({"jobs":[{"id": 1}, {"id": 2}],"metrics":[],"after":[]})");
    EXPECT_EQ(bench.run().partial(), (list{"metrics"}));
}

TEST(plan_run_each, an_item_without_its_value_is_null_in_its_place) {
    plan_bench bench(good_steps(jobs_and_metrics));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": null}, {}, 5, null, {"id": 6}])");
    EXPECT_EQ(bench.document(), "failed: metrics fan_out_limit");

    plan_bench five(good_steps(jobs_and_metrics));
    five.answer("/jobs/", R"([{"id": 1}, {"id": null}, {}, 5, {"id": 6}])");
    EXPECT_EQ(five.open(), (list{"/m/1/", "/m/6/"}));
    five.answer("/m/6/", "66");
    five.answer("/m/1/", "11");
    EXPECT_EQ(five.document(),
              R"({"jobs":[{"id": 1}, {"id": null}, {}, 5, {"id": 6}],"metrics":[11,null,null,null,66]})");
    EXPECT_TRUE(five.run().partial().empty());
}

TEST(plan_run_each, equal_urls_of_items_are_fetched_once_and_do_not_fill_parallel) {
    plan_bench bench(good_steps(jobs_and_metrics));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 1}, {"id": 1}, {"id": 2}, {"id": 3}])");
    EXPECT_EQ(bench.open(), (list{"/m/1/", "/m/2/"}));
    bench.answer("/m/1/", "11");
    bench.answer("/m/3/", "33");
    bench.answer("/m/2/", "22");
    EXPECT_EQ(bench.document(),
              R"({"jobs":[{"id": 1}, {"id": 1}, {"id": 1}, {"id": 2}, {"id": 3}],"metrics":[11,11,11,22,33]})");
    EXPECT_EQ(bench.report("metrics").calls, 3u);
}

TEST(plan_run_each, one_failed_item_fails_a_required_step_and_stops_the_rest) {
    plan_bench bench(good_steps(jobs_and_metrics));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2}, {"id": 3}])");
    bench.answer("/m/2/", 404, "{}");
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.cancelled(), (list{"/m/1/"}));
    EXPECT_EQ(bench.asked(), (list{"/jobs/", "/m/1/", "/m/2/"}));
    EXPECT_EQ(bench.failure().cause.detail, "step `metrics`, item 1: upstream answered 404 to GET /m/2/");
}

constexpr std::string_view optional_metrics = R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.id}/", optional: true, else: {points: []}}
      out_of: {each: "metrics[*]", as: m, get: "/o/{m.id}/"}
)";

TEST(plan_run_each, a_failed_item_of_an_optional_step_is_the_default_in_its_place) {
    plan_bench bench(good_steps(optional_metrics));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2}, {"id": [3]}, {"id": "."}, {"id": 5}])");
    EXPECT_EQ(bench.open(), (list{"/m/1/", "/m/2/", "/m/5/"}));
    bench.answer("/m/1/", R"({"id": 1})");
    bench.answer("/m/2/", 500, "");
    bench.answer("/m/5/", R"({"id": )");
    EXPECT_EQ(bench.open(), (list{"/o/1/"}));
    bench.answer("/o/1/", "true");
    EXPECT_EQ(bench.document(), R"({"jobs":[{"id": 1}, {"id": 2}, {"id": [3]}, {"id": "."}, {"id": 5}],)"
                                R"("metrics":[{"id": 1},{"points":[]},{"points":[]},{"points":[]},{"points":[]}],)"
                                R"("out_of":[true,null,null,null,null]})");
    EXPECT_EQ(bench.run().partial(), (list{"metrics"}));
    EXPECT_EQ(bench.report("metrics").outcome, step_report::outcome::defaulted);
    EXPECT_EQ(bench.report("metrics").failure.code, errc::wrong_type);
}

TEST(plan_run_each, goes_over_the_results_of_another_each) {
    plan_bench bench(good_steps(R"(    steps:
      projects: {get: /projects/}
      jobs: {each: "projects[*]", as: project, get: "/jobs/?project={project.id}"}
      metrics: {each: "jobs[*].results[*]", as: job, get: "/m/{job.id}/?of={id}"}
      first: {get: "/first/{jobs[0].count}/{jobs[-1].count}/"}
)"));
    bench.answer("/projects/", R"([{"id": 1}, {"id": 2}])");
    bench.answer("/jobs/?project=2", R"({"count": 1, "results": [{"id": 21}]})");
    bench.answer("/jobs/?project=1", R"({"count": 2, "results": [{"id": 11}, {"id": 12}]})");
    EXPECT_EQ(bench.open(), (list{"/m/11/?of=7", "/m/12/?of=7", "/m/21/?of=7", "/first/2/1/"}));
}

TEST(plan_run_each, looks_a_sibling_up_for_the_same_item) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.id}/"}
      logs: {each: "jobs[*]", as: job, get: "/l/{job.id}/{metrics[job].log}/"}
)"));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": null}, {"id": 3}])");
    bench.answer("/m/3/", R"({"log": "three"})");
    bench.answer("/m/1/", R"({"log": "one"})");
    EXPECT_EQ(bench.open(), (list{"/l/1/one/", "/l/3/three/"}));
    bench.answer("/l/1/one/", "1");
    bench.answer("/l/3/three/", "3");
    EXPECT_TRUE(bench.finished());
    EXPECT_EQ(bench.run().waves(), 3u);
}

TEST(plan_run_each, a_filter_chooses_the_items) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs.results[?@.status == 'running']", as: job, get: "/m/{job.id}/"}
)"));
    bench.answer("/jobs/", R"({"results": [{"id": 1, "status": "running"}, {"id": 2, "status": "done"}]})");
    EXPECT_EQ(bench.open(), (list{"/m/1/"}));
}

TEST(plan_run_each, ten_thousand_items_and_a_bound_on_calls_in_flight) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job}/", parallel: 64, max: 20000}
)"));
    std::string jobs = "[0";
    for (int at = 1; at < 9'999; ++at)
        jobs += "," + std::to_string(at);
    bench.answer("/jobs/", jobs + "]");
    while (!bench.finished()) {
        ASSERT_LE(bench.open().size(), 64u);
        bench.answer(bench.open().back(), "1");
    }
    EXPECT_FALSE(bench.failed());
    EXPECT_EQ(bench.report("metrics").calls, 9'999u);
}

}  // namespace
}  // namespace nearside::aggregators
