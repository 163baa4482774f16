#include "aggregators/plan_run.h"

#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_steps;
using testing::plan_bench;
using list = std::vector<std::string>;

TEST(plan_run, asks_at_once_for_everything_that_needs_nothing) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: "/a/{id}/"}
      b: {get: "/b/?page={page}"}
      c: {get: "/c/{a.x}/"}
)"));
    EXPECT_EQ(bench.open(), (list{"/a/7/", "/b/?page=1"}));
}

TEST(plan_run, a_step_waits_for_what_it_needs_and_for_nothing_else) {
    plan_bench bench(good_steps(R"(    steps:
      fast: {get: /fast/}
      slow: {get: /slow/}
      child: {get: "/child/{fast.id}/"}
      grandchild: {get: "/grandchild/{child.id}/"}
)"));
    bench.answer("/fast/", R"({"id": 1})");
    EXPECT_EQ(bench.open(), (list{"/slow/", "/child/1/"}));
    bench.answer("/child/1/", R"({"id": 2})");
    EXPECT_EQ(bench.open(), (list{"/slow/", "/grandchild/2/"}));
    bench.answer("/grandchild/2/", R"(3)");
    EXPECT_FALSE(bench.finished());
    bench.answer("/slow/", R"(4)");
    ASSERT_TRUE(bench.finished());
    EXPECT_EQ(bench.document(), R"({"fast":{"id": 1},"slow":4,"child":{"id": 2},"grandchild":3})");
    EXPECT_EQ(bench.run().waves(), 3u);
}

TEST(plan_run, a_step_with_two_parents_starts_with_the_later_one) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: /a/}
      b: {get: /b/}
      c: {get: "/c/{a.x}/{b.y}"}
)"));
    bench.answer("/b/", R"({"y": "why"})");
    EXPECT_EQ(bench.open(), (list{"/a/"}));
    bench.answer("/a/", R"({"x": "ex"})");
    EXPECT_EQ(bench.open(), (list{"/c/ex/why"}));
}

TEST(plan_run, puts_values_into_urls_as_they_were_meant) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: /a/}
      b: {get: "/b/{a.s}/{a.n}/{a.t}/?e={a.e}&l={a.l[1]}&last={a.l[-1]}"}
)"));
    bench.answer("/a/", R"({"s": "a\/b \uD55C\u00e9", "n": 1.50e3, "t": true, "e": "", "l": [1, 22, 333]})");
    EXPECT_EQ(bench.open(), (list{"/b/a%2Fb%20%ED%95%9C%C3%A9/1.50e3/true/?e=&l=22&last=333"}));
}

TEST(plan_run, a_null_parameter_drops_its_pair_and_skips_everything_else) {
    const auto made = good_steps(R"(    steps:
      a: {get: "/a/?project={id}&status={status}"}
      b: {get: "/b/?q=is-{status}"}
      c: {get: "/c/{status}/"}
)");
    plan_bench without(made);
    EXPECT_EQ(without.open(), (list{"/a/?project=7"}));
    without.answer("/a/?project=7", "1");
    EXPECT_EQ(without.document(), R"({"a":1,"b":null,"c":null})");
    EXPECT_EQ(without.report("b").outcome, step_report::outcome::skipped);

    plan_bench with(made, {{"id", "7"}, {"status", "on/off"}});
    EXPECT_EQ(with.open(), (list{"/a/?project=7&status=on%2Foff", "/b/?q=is-on%2Foff", "/c/on%2Foff/"}));
}

TEST(plan_run, null_or_missing_skips_a_step_and_what_needs_it_without_a_failure) {
    plan_bench bench(good_steps(R"(    steps:
      project: {get: /project/}
      owner: {get: "/users/{project.owner_id}/"}
      team: {get: "/teams/{owner.team_id}/"}
      lead: {get: "/users/{project.lead_id}/"}
      members: {each: "team.members[*]", as: member, get: "/users/{member}/"}
)"));
    bench.answer("/project/", R"({"owner_id": null})");
    ASSERT_TRUE(bench.finished());
    EXPECT_FALSE(bench.failed());
    EXPECT_EQ(bench.asked(), (list{"/project/"}));
    EXPECT_EQ(bench.document(),
              R"({"project":{"owner_id": null},"owner":null,"team":null,"lead":null,"members":null})");
    EXPECT_TRUE(bench.run().partial().empty());
    EXPECT_EQ(bench.report("team").outcome, step_report::outcome::skipped);
}

TEST(plan_run, equal_urls_are_fetched_once) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: "/x/{id}/"}
      b: {get: "/x/7/"}
      c: {get: "/x/{a.id}/"}
      elsewhere: {get: "/x/7/", upstream: other}
)"));
    EXPECT_EQ(bench.open(), (list{"/x/7/", "/x/7/"}));
    EXPECT_EQ(bench.requests()[0].upstream, "api");
    EXPECT_EQ(bench.requests()[1].upstream, "other");
    bench.answer("/x/7/", R"({"id": 7})");
    bench.answer("/x/7/", R"(0)");
    ASSERT_TRUE(bench.finished());
    EXPECT_EQ(bench.document(), R"({"a":{"id": 7},"b":{"id": 7},"c":{"id": 7},"elsewhere":0})");
    EXPECT_EQ(bench.report("a").calls, 1u);
    EXPECT_EQ(bench.report("b").calls, 0u);
    EXPECT_EQ(bench.report("c").calls, 0u);
    EXPECT_EQ(bench.run().waves(), 1u);
}

TEST(plan_run, a_call_of_another_timeout_is_shared_only_once_it_has_succeeded) {
    plan_bench bench(good_steps(R"(    steps:
      quick: {get: /x/, timeout: 100ms, optional: true}
      patient: {get: /x/}
      first: {get: /first/}
      later: {get: "/x{first.nothing}/", timeout: 5s}
)"));
    EXPECT_EQ(bench.open(), (list{"/x/", "/x/", "/first/"}));
    EXPECT_EQ(bench.requests()[0].timeout, milliseconds(100));
    EXPECT_EQ(bench.requests()[1].timeout, std::nullopt);
    bench.fail("/x/", errc::total_timeout);
    bench.answer("/x/", "1");
    bench.answer("/first/", R"({"nothing": ""})");
    EXPECT_EQ(bench.document(), R"({"quick":null,"patient":1,"first":{"nothing": ""},"later":1})");
    EXPECT_EQ(bench.asked().size(), 3u);
}

TEST(plan_run, reports_what_each_step_cost) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: /a/}
      b: {get: "/b/{a.id}/"}
)"));
    bench.advance(std::chrono::milliseconds(260));
    bench.answer("/a/", R"({"id": 1})");
    bench.advance(std::chrono::milliseconds(300));
    bench.answer("/b/1/", R"([])");
    EXPECT_EQ(bench.report("a").took, std::chrono::milliseconds(260));
    EXPECT_EQ(bench.report("b").started, std::chrono::milliseconds(260));
    EXPECT_EQ(bench.report("b").took, std::chrono::milliseconds(300));
    EXPECT_EQ(bench.report("b").bytes, 2u);
    EXPECT_EQ(bench.report("b").calls, 1u);
    EXPECT_EQ(bench.report("b").upstream_status, 200);
    EXPECT_EQ(bench.run().take_upstream_fields().size(), 2u);
}

TEST(plan_run, never_makes_more_calls_than_the_limit) {
    auto limited = std::make_shared<plan>(*good_steps(R"(    steps:
      a: {get: /a/}
      b: {get: /b/}
      c: {get: /a/}
      d: {get: /d/, optional: true, else: {none: true}}
)"));
    limited->limits.calls = 2;
    plan_bench bench(limited);
    bench.answer("/a/", "1");
    bench.answer("/b/", "2");
    EXPECT_EQ(bench.document(), R"({"a":1,"b":2,"c":1,"d":{"none":true}})");
    EXPECT_EQ(bench.report("d").failure.code, errc::fan_out_limit);
}

TEST(plan_run, runs_a_guard_that_nothing_shows) {
    const auto made = good_steps(R"(    steps:
      access: {get: "/access/{id}/"}
      project: {get: "/projects/{id}/"}
    out: {project: project}
)");
    plan_bench allowed(made);
    allowed.answer("/projects/7/", "1");
    EXPECT_FALSE(allowed.finished());
    allowed.answer("/access/7/", "true");
    EXPECT_EQ(allowed.document(), R"({"project":1})");

    plan_bench refused(made);
    refused.answer("/projects/7/", "1");
    refused.answer("/access/7/", 403, "{}");
    EXPECT_EQ(refused.document(), "failed: access upstream_status");
}

TEST(plan_run, what_comes_after_the_end_changes_nothing) {
    plan_bench bench(good_steps("    steps:\n      a: {get: /a/}\n      b: {get: /b/}\n"));
    bench.answer("/a/", 500, "");
    ASSERT_TRUE(bench.failed());
    bench.run().fetched(1, nearside::testing::fake_fetch::response(200, "1"), steady_time{});
    bench.run().fetched(99, nearside::testing::fake_fetch::response(200, "1"), steady_time{});
    bench.run().was_read(0, {}, steady_time{});
    bench.run().cancel({errc::cancelled, {}});
    EXPECT_TRUE(bench.run().take_actions().empty());
    EXPECT_EQ(bench.failure().cause.code, errc::upstream_status);
}

TEST(plan_run, cancelling_gives_up_every_call) {
    plan_bench bench(good_steps("    steps:\n      a: {get: /a/}\n      b: {get: /b/}\n      c: {get: /c/}\n"));
    bench.answer("/b/", "1");
    bench.run().cancel({errc::cancelled, {}});
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.failure().cause.code, errc::cancelled);
    const auto actions = bench.run().take_actions();
    ASSERT_EQ(actions.size(), 2u);
    for (const plan_action& each : actions)
        EXPECT_EQ(each.what, plan_action::kind::cancel);
}

}  // namespace
}  // namespace nearside::aggregators
