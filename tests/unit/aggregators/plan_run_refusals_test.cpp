#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators::testing {
namespace {

using list = std::vector<std::string>;

// An older copy is at hand: a failure would be covered by it, a refusal takes it back.
plan_bench with_older_copy() {
    return plan_bench(good_steps(R"(    steps:
      guard: {get: /guard/}
      jobs: {get: /jobs/}
      extra: {get: /extra/, optional: true}
)"),
                      {{"id", "7"}}, true);
}

TEST(plan_run_refusals, a_refusal_under_way_outranks_the_failure_that_came_before_it) {
    for (const int status : {401, 403, 404, 410}) {
        plan_bench bench = with_older_copy();
        bench.answer("/jobs/", 500, "{}");
        EXPECT_FALSE(bench.finished()) << "the guard is still to be heard";
        bench.answer("/guard/", status, "{}");
        ASSERT_TRUE(bench.failed());
        EXPECT_EQ(bench.failure().step, "guard");
        EXPECT_EQ(bench.failure().upstream_status, status);
        EXPECT_EQ(bench.cancelled(), (list{"/extra/"}));
    }
}

TEST(plan_run_refusals, without_a_refusal_the_first_failure_stands) {
    plan_bench bench = with_older_copy();
    bench.answer("/jobs/", 500, "{}");
    bench.answer("/guard/", R"({"id":1})");
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.failure().step, "jobs");
    EXPECT_EQ(bench.failure().upstream_status, 500);
}

TEST(plan_run_refusals, an_optional_steps_refusal_takes_nothing_back) {
    plan_bench bench = with_older_copy();
    bench.answer("/jobs/", 500, "{}");
    bench.answer("/extra/", 403, "{}");
    EXPECT_FALSE(bench.finished());
    bench.answer("/guard/", 503, "{}");
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.failure().step, "jobs");
}

TEST(plan_run_refusals, a_refusal_ends_the_run_at_once) {
    plan_bench bench = with_older_copy();
    bench.answer("/guard/", 403, "{}");
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.failure().step, "guard");
    EXPECT_EQ(bench.cancelled(), (list{"/jobs/", "/extra/"}));
}

TEST(plan_run_refusals, nothing_new_is_asked_while_calls_are_heard_out) {
    plan_bench bench(good_steps(R"(    steps:
      guard: {get: /guard/}
      next: {get: "/next/{guard.id}/"}
      jobs: {get: /jobs/}
)"),
                     {{"id", "7"}}, true);
    bench.answer("/jobs/", 500, "{}");
    bench.answer("/guard/", R"({"id":1})");
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.asked(), (list{"/guard/", "/jobs/"}));
}

}  // namespace
}  // namespace nearside::aggregators::testing
