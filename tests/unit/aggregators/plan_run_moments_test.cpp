#include "aggregators/plan_run.h"
#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using nearside::testing::fake_fetch;
using testing::good_steps;
using testing::plan_bench;

constexpr steady_time before_the_run = steady_time::min();

fetch_response as_before(std::string_view document) {
    fetch_response made = fake_fetch::response(200, document);
    made.since = before_the_run;
    return made;
}

constexpr std::string_view three = R"(    steps:
      a: {get: /a/}
      b: {get: "/b/{a.id}/"}
      c: {get: "/c/{b.id}/"}
)";

TEST(plan_run_moments, a_child_of_parents_that_stayed_as_they_were_is_proven_whenever_it_was_read) {
    plan_bench bench(good_steps(three));
    bench.answer("/a/", as_before(R"({"id": 1})"));
    bench.answer("/b/1/", as_before(R"({"id": 2})"));
    ASSERT_EQ(bench.requests().size(), 3u);
    EXPECT_EQ(bench.requests()[2].proven_from, before_the_run);
    EXPECT_EQ(bench.requests()[2].usable_from, before_the_run);
    EXPECT_EQ(bench.requests()[2].step, 2u);
}

TEST(plan_run_moments, a_grandchild_is_proven_only_after_its_changed_grandparent) {
    plan_bench bench(good_steps(three));
    bench.advance(milliseconds(260));
    const steady_time changed = bench.now();
    bench.answer("/a/", R"({"id": 1})");
    bench.advance(milliseconds(10));
    bench.answer("/b/1/", as_before(R"({"id": 2})"));
    ASSERT_EQ(bench.requests().size(), 3u);
    EXPECT_EQ(bench.requests()[1].proven_from, changed);
    EXPECT_EQ(bench.requests()[2].proven_from, changed);
    EXPECT_EQ(bench.requests()[2].usable_from, before_the_run);
}

TEST(plan_run_moments, nothing_read_before_a_parent_was_refused_may_be_used_below_it) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: /a/, optional: true, else: {id: 1}}
      b: {get: "/b/{a.id}/"}
      c: {get: "/c/{b.id}/"}
)"));
    bench.advance(milliseconds(260));
    const steady_time refused = bench.now();
    bench.answer("/a/", 403, "");
    bench.answer("/b/1/", as_before(R"({"id": 2})"));
    ASSERT_EQ(bench.requests().size(), 3u);
    EXPECT_EQ(bench.requests()[1].usable_from, refused);
    EXPECT_EQ(bench.requests()[2].usable_from, refused);
}

TEST(plan_run_moments, a_step_that_shares_anothers_call_has_its_moments_from_it) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: /a/}
      b: {get: "/{id}/"}
      same: {get: "/{a.id}/"}
      c: {get: "/c/{same.id}/"}
)"));
    bench.advance(milliseconds(5));
    const steady_time changed = bench.now();
    bench.answer("/7/", R"({"id": 9})");
    bench.answer("/a/", as_before(R"({"id": 7})"));
    ASSERT_EQ(bench.requests().size(), 3u);
    EXPECT_EQ(bench.requests()[2].proven_from, changed);
}

}  // namespace
}  // namespace nearside::aggregators
