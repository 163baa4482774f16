#include "aggregators/planner.h"

#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_plan;
using testing::good_steps;
using testing::plan_text;

std::vector<std::string> names(const plan& what, const std::vector<step_index>& steps) {
    std::vector<std::string> all;
    for (const step_index each : steps)
        all.push_back(what.steps[each].name);
    return all;
}

const plan_step& step_of(const plan& what, std::string_view name) {
    for (const plan_step& each : what.steps) {
        if (each.name == name) return each;
    }
    throw std::logic_error("no step");
}

using list = std::vector<std::string>;

TEST(planner, infers_the_graph_whatever_the_order_in_the_file) {
    const auto made = good_steps(R"(    steps:
      metrics: {each: "jobs[*]", as: job, get: "/jobs/{job.id}/metrics/?owner={owner.id}"}
      owner: {get: "/users/{project.owner_id}/"}
      jobs: {get: "/jobs/?project={id}"}
      project: {get: "/projects/{id}/"}
)");
    EXPECT_EQ(names(*made, step_of(*made, "metrics").needs), (list{"owner", "jobs"}));
    EXPECT_EQ(names(*made, step_of(*made, "owner").needs), (list{"project"}));
    EXPECT_EQ(names(*made, step_of(*made, "jobs").needs), list{});
    EXPECT_EQ(names(*made, step_of(*made, "project").needed_by), (list{"owner"}));
    EXPECT_EQ(names(*made, made->order), (list{"jobs", "project", "owner", "metrics"}));
}

TEST(planner, takes_limits_and_upstreams_from_the_nearest_place_that_gives_them) {
    const auto made = good_steps(R"(    steps:
      jobs: {get: /jobs/, timeout: 800ms}
      a: {each: "jobs[*]", as: job, get: "/a/{job.id}/"}
      b: {each: "jobs[*]", as: job, get: "/b/{job.id}/", parallel: 3, max: 9, upstream: other}
)");
    EXPECT_EQ(step_of(*made, "jobs").timeout, milliseconds(800));
    EXPECT_EQ(step_of(*made, "jobs").upstream, "api");
    EXPECT_EQ(step_of(*made, "a").each->parallel, 16u);
    EXPECT_EQ(step_of(*made, "a").each->max, 500u);
    EXPECT_EQ(step_of(*made, "b").each->parallel, 3u);
    EXPECT_EQ(step_of(*made, "b").each->max, 9u);
    EXPECT_EQ(step_of(*made, "b").upstream, "other");
}

TEST(planner, reads_a_value_once_however_many_urls_need_it) {
    const auto made = good_steps(R"(    steps:
      project: {get: "/projects/{id}/"}
      a: {get: "/a/{project.owner_id}/{project.owner_id}/"}
      b: {get: "/b/{project.owner_id}/?x={project['name']}"}
)");
    EXPECT_EQ(step_of(*made, "project").values.size(), 2u);
}

TEST(planner, tells_which_steps_only_guard_the_view) {
    const auto made = good_steps(R"(    steps:
      access: {get: "/access/{id}/"}
      project: {get: "/projects/{id}/"}
    out: {project: project}
)");
    EXPECT_FALSE(step_of(*made, "access").in_out);
    EXPECT_TRUE(step_of(*made, "access").is_read());
    EXPECT_TRUE(step_of(*made, "project").in_out);
    EXPECT_FALSE(step_of(*made, "project").is_read());
}

struct broken {
    std::string_view steps;  // below line 6, `steps:`; its first line is line 7
    std::string_view complaint;
};

class broken_plans : public ::testing::TestWithParam<broken> {};

TEST_P(broken_plans, are_told_with_their_place_and_mend) {
    const auto made =
        plan_text("  v:\n    path: /v/{id}\n    upstream: api\n    steps:\n" + std::string(GetParam().steps));
    EXPECT_EQ(made.what, nullptr);
    ASSERT_FALSE(made.complaints.empty());
    std::string told;
    for (const config::complaint& each : made.complaints)
        told += each.to_string() + "\n";
    EXPECT_EQ(told, std::string(GetParam().complaint) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    planner, broken_plans,
    ::testing::Values(
        broken{"      a: {get: \"/a/{b.x}/\"}\n      b: {get: \"/b/{a.x}/\"}\n",
               "test.yaml:7:21: steps that wait for each other: a -> b -> a; take one of these references out"},
        broken{"      a: {get: \"/a/{b.x}/{d.y}\"}\n      b: {get: \"/b/{c.x}/\"}\n      c: {get: \"/c/{a.x}/\"}\n"
               "      d: {get: \"/d/{a.x}/\"}\n",
               "test.yaml:7:27: steps that wait for each other: a -> d -> a; take one of these references out"},
        broken{"      a: {get: \"/a/{a.x}/\"}\n",
               "test.yaml:7:21: steps that wait for each other: a -> a; take one of these references out"},
        broken{"      a: {each: \"b[*]\", as: x, get: \"/a/{x}/\"}\n      b: {get: \"/b/{a[0].x}/\"}\n",
               "test.yaml:7:18: steps that wait for each other: a -> b -> a; take one of these references out"},
        broken{"      project: {get: \"/p/{id}/\"}\n      b: {get: \"/b/{projet.x}/\"}\n",
               "test.yaml:8:21: nothing here is called `projet`; did you mean `project`?"},
        broken{"      b: {get: '/한/{projet.x}/'}\n",
               "test.yaml:7:18: a character that may not stand in a URL as it is; write it as %ED%95%9C"},
        broken{"      b:\n        get: /b/{id.x}/\n",
               "test.yaml:8:18: `id` is a parameter, one value without parts; write `{id}`"},
        broken{
            "      jobs: {get: /jobs/}\n      b: {get: \"/b/{jobs[*].id}/\"}\n",
            "test.yaml:8:21: `jobs[*].id` may select many values, where one is wanted; fan out with `each:` and `as:`, "
            "and refer to the item"},
        broken{
            "      jobs: {get: /jobs/}\n      m: {each: \"jobs[*]\", as: job, get: \"/m/{job.id}/\"}\n"
            "      b: {get: \"/b/{job.id}/\"}\n",
            "test.yaml:9:21: `job` is the item of step `m`, unknown outside it; give this step an `each` of its own, "
            "or refer to a step"},
        broken{"      jobs: {get: /jobs/}\n      m: {each: \"jobs[*]\", as: job, get: \"/m/{job.id}/\"}\n"
               "      b: {get: \"/b/{m[job].id}/\"}\n",
               "test.yaml:9:21: `job` is no item of step `b`; give this step `each: \"jobs[*]\"` and `as: job`"},
        broken{
            "      jobs: {get: /jobs/}\n      m: {each: \"jobs[*]\", as: job, get: \"/m/{job.id}/\"}\n"
            "      b: {each: \"jobs.more[*]\", as: job, get: \"/b/{m[job].id}/\"}\n",
            "test.yaml:9:52: `m` goes over `jobs[*]`, this step over `jobs.more[*]`: there is no result for each item; "
            "let both go over the same items"},
        broken{
            "      jobs: {get: /jobs/}\n      m: {each: \"jobs[*]\", as: job, get: \"/m/{job.id}/\"}\n"
            "      b: {get: \"/b/{m.id}/\"}\n",
            "test.yaml:9:21: `m` is the list of results of its `each`, where one value is wanted; fan out over it with "
            "`each: \"m[*]\"`, or pick one result, as in `m[0].id`"},
        broken{"      jobs: {get: /jobs/}\n      m: {each: jobs, as: job, get: \"/m/{job.id}/\"}\n",
               "test.yaml:8:17: `each` goes over many values, and `jobs` selects one; write `jobs[*]`"},
        broken{"      jobs: {get: /jobs/}\n      m: {each: \"jobs.results\", as: job, get: \"/m/{job.id}/\"}\n",
               "test.yaml:8:18: `each` goes over many values, and `jobs.results` selects one; write `jobs.results[*]`"},
        broken{"      jobs: {get: /jobs/}\n      m: {each: \"jobs[*]\", get: \"/m/{id}/\"}\n",
               "test.yaml:8:17: `each` of step `m` gives its item no name; add `as:` with a name, such as `as: item`"},
        broken{
            "      jobs: {get: /jobs/}\n      m: {each: \"jobs[*]\", as: jobs, get: \"/m/{id}/\"}\n",
            "test.yaml:8:32: `jobs` is the name of a step already; call the item something else, so that a reference "
            "means one thing"},
        broken{"      jobs: {get: /jobs/, as: job}\n",
               "test.yaml:7:31: `as` has no use without `each`; add `each`, or remove it"},
        broken{
            "      jobs: {get: /jobs/}\n      m: {each: \"id[*]\", as: x, get: \"/m/{x}/\"}\n",
            "test.yaml:8:18: `each` goes over a step's value, and `id` is a parameter; name a step, as in `jobs[*]`"},
        broken{"      jobs: {get: /jobs/}\n      m: {each: \"job[*]\", as: x, get: \"/m/{x}/\"}\n",
               "test.yaml:8:18: no step is called `job`; did you mean `jobs`?"},
        broken{
            "      id: {get: /jobs/}\n",
            "test.yaml:7:7: step `id` has the name of a parameter of the view; give one of them another name, so that "
            "a reference means one thing"},
        broken{"      jobs: {get: \"//evil/\"}\n", "test.yaml:7:20: `//` would name another host; begin with one `/`"},
        broken{"      jobs: {get: \"/a/{id}/#top\"}\n",
               "test.yaml:7:28: a fragment never reaches an upstream; remove `#` and what follows, or write %23"}));

TEST(planner, tells_everything_at_once) {
    const auto made = plan_text(R"(  v:
    path: /v/{id}
    upstream: api
    steps:
      a: {get: "/a/{nope}/{id.x}/"}
      b: {get: "/b/{c.x}/"}
      c: {get: "/c/{b.x}/"}
      d: {get: "d"}
    out: {a: a, b: bb}
)");
    ASSERT_EQ(made.complaints.size(), 5u);
    EXPECT_EQ(made.complaints[0].at.to_string(), "test.yaml:7:21");
    EXPECT_EQ(made.complaints[1].at.to_string(), "test.yaml:7:28");
    EXPECT_EQ(made.complaints[2].at.to_string(), "test.yaml:8:21");
    EXPECT_EQ(made.complaints[3].at.to_string(), "test.yaml:10:17");
    EXPECT_EQ(made.complaints[4].at.to_string(), "test.yaml:11:20");
}

TEST(planner, a_step_that_cannot_be_read_hides_nothing_else_and_is_not_called_unknown) {
    const auto made = plan_text(R"(  v:
    path: /v/{id}
    upstream: api
    steps:
      bad: {gte: /bad/}
      none:
      each: {each: [], as: it, get: "/each/{it.id}/"}
      a: {get: "/a/{bad.id}/{none.id}/{each.id}/{unknwon.id}"}
      b: {each: "bad[*]", as: item, get: "/b/{item.id}/"}
)");
    list told;
    for (const config::complaint& each : made.complaints)
        told.push_back(std::to_string(each.at.line) + ": " + each.what);
    EXPECT_EQ(
        told,
        (list{"7: step `bad` has no `get`", "7: unknown key `gte` in step `bad`", "8: step `none` has nothing in it",
              "9: `each` of step `each` must be a single value, not a list", "10: nothing here is called `unknwon`"}));
    EXPECT_EQ(made.what, nullptr);
}

TEST(planner, a_step_named_like_a_parameter_is_told_once) {
    const auto made = plan_text(R"(  v:
    path: /v/{id}
    upstream: api
    steps:
      id: {get: "/a/{id}/"}
)");
    ASSERT_EQ(made.complaints.size(), 1u);
    EXPECT_EQ(made.complaints[0].what, "step `id` has the name of a parameter of the view");
}

TEST(planner, finds_every_separate_cycle_and_blames_nobody_behind_one) {
    const auto made = plan_text(R"(  v:
    path: /v/{id}
    upstream: api
    steps:
      before: {get: "/x/{a.x}/"}
      a: {get: "/a/{b.x}/"}
      b: {get: "/b/{a.x}/{c.x}"}
      c: {get: "/c/{d.x}/"}
      d: {get: "/d/{c.x}/"}
      after: {get: "/x/{id}/"}
)");
    ASSERT_EQ(made.complaints.size(), 2u);
    EXPECT_EQ(made.complaints[0].what, "steps that wait for each other: a -> b -> a");
    EXPECT_EQ(made.complaints[1].what, "steps that wait for each other: c -> d -> c");
}

TEST(planner, a_chain_of_ten_thousand_steps_is_no_trouble) {
    std::string steps = "    steps:\n      s0: {get: \"/s/{id}/\"}\n";
    for (int at = 1; at < 10'000; ++at)
        steps += "      s" + std::to_string(at) + ": {get: \"/s/{s" + std::to_string(at - 1) + ".id}/\"}\n";
    const auto made = good_steps(steps);
    EXPECT_EQ(made->order.size(), 10'000u);
    EXPECT_EQ(made->order.back(), 9'999u);
}

}  // namespace
}  // namespace nearside::aggregators
