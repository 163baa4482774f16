#include "aggregators/plan_run.h"
#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_plan;
using testing::good_steps;
using testing::plan_bench;
using testing::plan_text;
using list = std::vector<std::string>;

TEST(plan_run_nested, items_further_up_can_be_named_from_an_item_within_a_result) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.id}/"}
      points: {each: "metrics[*].series[*]", as: series, get: "/p/{job.id}/{series.id}/"}
      parts: {each: "points[*].parts[*]", as: part, get: "/q/{job.id}/{series.id}/{part}/"}
    out: {points: points, parts: parts}
)"));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2}, {"id": 3}])");
    bench.answer("/m/1/", R"({"series": [{"id": "a"}, {"id": "b"}]})");
    bench.answer("/m/2/", R"({"series": []})");
    bench.answer("/m/3/", R"({"series": [{"id": "a"}]})");
    EXPECT_EQ(bench.open(), (list{"/p/1/a/", "/p/1/b/", "/p/3/a/"}));
    bench.answer("/p/1/a/", R"({"parts": [7]})");
    bench.answer("/p/1/b/", R"({"parts": []})");
    bench.answer("/p/3/a/", R"({"parts": [8, 9]})");
    EXPECT_EQ(bench.open(), (list{"/q/1/a/7/", "/q/3/a/8/", "/q/3/a/9/"}));
}

TEST(plan_run_nested, what_another_step_got_for_an_item_further_up) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      owners: {each: "jobs[*]", as: j, get: "/o/{j.id}/"}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.id}/"}
      points: {each: "metrics[*].series[*]", as: s, get: "/p/{owners[job].name}/{metrics[job].unit}/{s}/"}
    out: points
)"));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2}])");
    bench.answer("/o/1/", R"({"name": "min"})");
    bench.answer("/o/2/", R"({"name": "ji"})");
    bench.answer("/m/1/", R"({"unit": "s", "series": [1]})");
    bench.answer("/m/2/", R"({"unit": "m", "series": [1, 2]})");
    EXPECT_EQ(bench.open(), (list{"/p/min/s/1/", "/p/ji/m/1/", "/p/ji/m/2/"}));
}

TEST(plan_run_nested, results_that_share_a_document_keep_their_own_items) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      kinds: {each: "jobs[*]", as: job, get: "/k/{job.kind}/"}
      parts: {each: "kinds[*].parts[*]", as: part, get: "/p/{job.id}/{part}/"}
    out: parts
)"));
    bench.answer("/jobs/", R"([{"id": 1, "kind": "x"}, {"id": 2, "kind": "x"}])");
    bench.answer("/k/x/", R"({"parts": [5]})");
    EXPECT_EQ(bench.open(), (list{"/p/1/5/", "/p/2/5/"}));
}

TEST(plan_run_when, a_condition_that_does_not_hold_skips_the_step) {
    const auto what = good_steps(R"(    steps:
      project: {get: /p/}
      owner: {get: "/o/{project.owner}/", when: "project.archived == false"}
      team: {get: "/t/{owner.team}/"}
)");
    plan_bench archived(what);
    archived.answer("/p/", R"({"owner": 1, "archived": true})");
    EXPECT_EQ(archived.document(), R"({"project":{"owner": 1, "archived": true},"owner":null,"team":null})");
    EXPECT_EQ(archived.report("owner").outcome, step_report::outcome::skipped);
    EXPECT_TRUE(archived.run().partial().empty());
    plan_bench active(what);
    active.answer("/p/", R"({"owner": 1, "archived": false})");
    EXPECT_EQ(active.open(), (list{"/o/1/"}));
}

TEST(plan_run_when, a_condition_on_a_parameter_and_one_on_each_item) {
    const auto what = good_steps(R"(    steps:
      jobs: {get: /jobs/}
      extra: {get: /extra/, when: status}
      logs: {each: "jobs[*]", as: job, get: "/l/{job.id}/", when: "job.status == \"failed\" or page > 1"}
    out: {logs: logs, extra: extra}
)");
    plan_bench bench(what);
    EXPECT_EQ(bench.open(), (list{"/jobs/"}));
    bench.answer("/jobs/", R"([{"id": 1, "status": "done"}, {"id": 2, "status": "failed"}])");
    EXPECT_EQ(bench.open(), (list{"/l/2/"}));
    bench.answer("/l/2/", "22");
    EXPECT_EQ(bench.document(), R"({"logs":[null,22],"extra":null})");
    plan_bench second(what, {{"id", "7"}, {"page", "2"}, {"status", "x"}});
    EXPECT_EQ(second.open(), (list{"/jobs/", "/extra/"}));
}

TEST(plan_run_post, a_body_is_made_of_parameters_and_values_and_part_of_the_calls_identity) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      found: {post: "/search/", safe: true, body: {text: "{id}", ids: "jobs[*].id", n: 3, kind: {literal: job}}}
      again: {post: "/search/", safe: true, body: {text: id, ids: "jobs[*].id", n: 3, kind: {literal: job}}}
      other: {post: "/search/", safe: true}
    out: {found: found, again: again, other: other}
)"));
    EXPECT_EQ(bench.open(), (list{"/jobs/", "/search/"}));
    EXPECT_EQ(bench.requests()[1].content, "{}");
    bench.answer("/search/", "0");
    bench.answer("/jobs/", R"([{"id": 1.0}, {"id": "\u0041"}])");
    EXPECT_EQ(bench.open(), (list{"/search/"}));
    EXPECT_EQ(bench.requests()[2].content, R"({"text":"7","ids":[1.0,"\u0041"],"n":3,"kind":"job"})");
    EXPECT_EQ(bench.requests()[2].wave, 2u);
    EXPECT_TRUE(bench.requests()[0].content.empty());
    bench.answer("/search/", "[1]");
    EXPECT_EQ(bench.document(), R"({"found":[1],"again":[1],"other":0})");
}

TEST(plan_run_post, each_item_can_be_in_its_body) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/}
      found: {each: "jobs[*]", as: job, post: /s/, safe: true, body: {of: job.id, all: job}}
    out: found
)"));
    bench.answer("/jobs/", R"([{"id": 1}, {"id": 2, "x": [3]}])");
    ASSERT_EQ(bench.requests().size(), 3u);
    EXPECT_EQ(bench.requests()[1].content, R"({"of":1,"all":{"id": 1}})");
    EXPECT_EQ(bench.requests()[2].content, R"({"of":2,"all":{"id": 2, "x": [3]}})");
}

TEST(plan_run_jq, a_program_makes_the_steps_value_of_its_document) {
    plan_bench bench(good_steps(R"yaml(    steps:
      jobs: {get: /jobs/, jq: "map(select(.n > 1))"}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job.n}/", jq: ".v", optional: true, else: 0}
    out: {jobs: jobs, metrics: metrics}
)yaml"));
    bench.answer("/jobs/", R"([{"n": 1}, {"n": 2}, {"n": 3}])");
    EXPECT_EQ(bench.open(), (list{"/m/2/", "/m/3/"}));
    bench.answer("/m/2/", R"({"v": 22})");
    bench.answer("/m/3/", "[]");
    EXPECT_EQ(bench.document(), R"({"jobs":[{"n":2},{"n":3}],"metrics":[22,0]})");
    EXPECT_EQ(bench.run().partial(), (list{"metrics"}));
}

std::string first_complaint(std::string_view steps) {
    const auto made = plan_text("  v:\n    path: /v/{id}\n    upstream: api\n    steps:\n" + std::string(steps));
    return made.complaints.empty() ? "none" : made.complaints.front().to_string();
}

TEST(plan_run_language, what_is_wrong_is_told_where_it_stands) {
    EXPECT_EQ(first_complaint("      a: {get: /a, when: \"id = 1\"}\n"),
              "test.yaml:7:30: `=` compares nothing; write `==`");
    EXPECT_EQ(first_complaint("      a: {get: /a, when: \"idd\"}\n"),
              "test.yaml:7:27: nothing here is called `idd`; did you mean `id`?");
    EXPECT_NE(first_complaint("      a: {post: /a, body: {x: id}}\n").find("test.yaml:7:17: a `post` is made again"),
              std::string::npos);
    EXPECT_NE(first_complaint("      a: {get: /a, body: {x: id}}\n").find("`body` has no use without `post`"),
              std::string::npos);
    EXPECT_NE(first_complaint("      a: {post: /a, safe: true, body: {x: b.id}}\n      b: {get: \"/{a.id}\"}\n")
                  .find("steps that wait for each other: a -> b -> a"),
              std::string::npos);
    EXPECT_NE(first_complaint("      a: {get: /a, jq: \".[\"}\n").find("test.yaml:7:"), std::string::npos);
}

}  // namespace
}  // namespace nearside::aggregators
