#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_steps;
using testing::plan_bench;
using list = std::vector<std::string>;

struct bad_answer {
    int status;
    std::string_view document;
    errc code;
    std::string_view detail;
};

class bad_answers : public ::testing::TestWithParam<bad_answer> {};

const bad_answer every_bad_answer[] = {
    {404, "{}", errc::upstream_status, "step `owner`: upstream answered 404 to GET /users/7/"},
    {401, "{}", errc::upstream_status, "step `owner`: upstream answered 401 to GET /users/7/"},
    {502, "{}", errc::upstream_status, "step `owner`: upstream answered 502 to GET /users/7/"},
    {206, "{}", errc::upstream_status, "step `owner`: upstream answered 206 to GET /users/7/"},
    {302, "", errc::redirect_refused,
     "step `owner`: upstream answered 302 to GET /users/7/; steps do not follow redirects"},
    {304, "", errc::redirect_refused,
     "step `owner`: upstream answered 304 to GET /users/7/; steps do not follow redirects"},
    {204, "", errc::no_content, "step `owner`: upstream answered 204 to GET /users/7/ without a document"},
    {205, "", errc::no_content, "step `owner`: upstream answered 205 to GET /users/7/ without a document"},
    {200, "", errc::no_content, "step `owner`: upstream answered 200 to GET /users/7/ without a document"},
    {200, "<html>", errc::invalid_json, "step `owner`: GET /users/7/: "},
    {200, "{\"id\": 1", errc::invalid_json, "step `owner`: GET /users/7/: "},
    {200, "{\"id\": 1} x", errc::invalid_json, "step `owner`: GET /users/7/: "},
    {200, "{\"id\": 01}", errc::invalid_json, "step `owner`: GET /users/7/: "},
};

TEST_P(bad_answers, fail_a_required_step_and_tell_why) {
    // `next` reads the value, so that the document is looked at when it arrives.
    plan_bench bench(good_steps(R"(    steps:
      owner: {get: "/users/{id}/?token=secret"}
      next: {get: "/next/{owner.id}/"}
      slow: {get: /slow/}
)"));
    bench.answer("/users/7/?token=secret", GetParam().status, GetParam().document);
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.failure().step, "owner");
    EXPECT_EQ(bench.failure().cause.code, GetParam().code);
    EXPECT_EQ(bench.failure().cause.detail.substr(0, GetParam().detail.size()), GetParam().detail);
    EXPECT_EQ(bench.failure().cause.detail.find("secret"), std::string::npos);
    EXPECT_EQ(bench.failure().upstream_status, GetParam().status);
    EXPECT_EQ(bench.cancelled(), (list{"/slow/"}));
}

TEST_P(bad_answers, make_an_optional_step_its_default_and_the_view_partial) {
    plan_bench bench(good_steps(R"(    steps:
      owner: {get: "/users/{id}/", optional: true, else: {id: 0, name: nobody}}
      next: {get: "/next/{owner.id}/"}
)"));
    bench.answer("/users/7/", GetParam().status, GetParam().document);
    EXPECT_EQ(bench.open(), (list{"/next/0/"}));
    bench.answer("/next/0/", "true");
    ASSERT_TRUE(bench.finished());
    EXPECT_EQ(bench.document(), R"({"owner":{"id":0,"name":"nobody"},"next":true})");
    EXPECT_EQ(bench.run().partial(), (list{"owner"}));
    EXPECT_EQ(bench.report("owner").outcome, step_report::outcome::defaulted);
    EXPECT_EQ(bench.report("owner").failure.code, GetParam().code);
    EXPECT_EQ(bench.report("owner").upstream_status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(plan_run, bad_answers, ::testing::ValuesIn(every_bad_answer));

TEST(plan_run_failures, an_upstream_that_does_not_answer_is_told_with_its_cause) {
    plan_bench bench(good_steps("    steps:\n      a: {get: /a/}\n"));
    bench.fail("/a/", errc::first_byte_timeout);
    ASSERT_TRUE(bench.failed());
    EXPECT_EQ(bench.failure().cause.code, errc::first_byte_timeout);
    EXPECT_EQ(bench.failure().cause.detail, "step `a`: GET /a/: as the test wanted");
    EXPECT_EQ(bench.failure().upstream_status, 0);
    EXPECT_EQ(bench.failure().steps.size(), 1u);
    EXPECT_EQ(bench.failure().steps[0].outcome, step_report::outcome::failed);
}

TEST(plan_run_failures, a_default_of_null_skips_what_needs_it) {
    plan_bench bench(good_steps(R"(    steps:
      owner: {get: "/users/{id}/", optional: true}
      team: {get: "/teams/{owner.team_id}/"}
)"));
    bench.answer("/users/7/", 500, "");
    EXPECT_EQ(bench.document(), R"({"owner":null,"team":null})");
    EXPECT_EQ(bench.run().partial(), (list{"owner"}));
    EXPECT_EQ(bench.report("team").outcome, step_report::outcome::skipped);
}

TEST(plan_run_failures, a_value_without_a_place_in_a_url_is_a_wrong_type) {
    for (const std::string_view id : {"[1]", "{}", "[]"}) {
        plan_bench bench(good_steps("    steps:\n      a: {get: /a/}\n      b: {get: \"/b/{a.id}/\"}\n"));
        bench.answer("/a/", "{\"id\": " + std::string(id) + "}");
        EXPECT_EQ(bench.document(), "failed: b wrong_type") << id;
    }
    plan_bench half(good_steps("    steps:\n      a: {get: /a/}\n      b: {get: \"/b/{a.id}/\"}\n"));
    half.answer("/a/", R"({"id": "\uD800"})");
    EXPECT_EQ(half.document(), "failed: b wrong_type");
}

TEST(plan_run_failures, documents_of_a_run_are_bounded_together) {
    const auto small = std::make_shared<plan>(*good_steps(
        "    steps:\n      a: {get: /a/}\n      b: {get: /b/, optional: true}\n      c: {get: \"/c/{a.id}/\"}\n"));
    small->limits.run_bytes = 20;
    plan_bench bench(small);
    bench.answer("/a/", R"({"id": 1})");
    bench.answer("/b/", R"({"name": "long"})");
    EXPECT_EQ(bench.report("b").failure.code, errc::run_too_large);
    EXPECT_FALSE(bench.failed()) << "an optional step does without";
    bench.answer("/c/1/", R"({"id": 2, "x": 1})");
    EXPECT_EQ(bench.document(), "failed: c run_too_large");
    EXPECT_NE(bench.failure().cause.detail.find("limits.run_bytes"), std::string::npos);
}

TEST(plan_run_failures, a_value_that_would_climb_is_unsafe_wherever_it_comes_from) {
    plan_bench bench(good_steps("    steps:\n      a: {get: /a/}\n      b: {get: \"/b/{a.id}/\", optional: true}\n"));
    bench.answer("/a/", R"({"id": "\u002e."})");
    EXPECT_EQ(bench.report("b").failure.code, errc::unsafe_reference);
    EXPECT_EQ(bench.asked(), (list{"/a/"}));

    plan_bench sent(good_steps("    steps:\n      a: {get: \"/a/{id}/\"}\n"), {{"id", "../admin"}});
    EXPECT_EQ(sent.document(), "failed: a invalid_parameter");
    EXPECT_TRUE(sent.asked().empty());
}

TEST(plan_run_failures, a_shared_call_fails_each_step_in_its_own_way) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: "/x/", optional: true, else: 1}
      b: {get: "/x/", optional: true, else: 2}
      c: {get: /c/}
      d: {get: "/x/?{c}", optional: true, else: 3}
)"));
    bench.answer("/x/", 500, "");
    bench.answer("/c/", "\"\"");
    bench.answer("/x/?", 500, "");
    EXPECT_EQ(bench.document(), R"({"a":1,"b":2,"c":"","d":3})");
    EXPECT_EQ(bench.run().partial(), (list{"a", "b", "d"}));
}

TEST(plan_run_failures, a_failed_call_is_not_tried_again_by_a_later_step) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: "/x/1/", optional: true}
      b: {get: /b/}
      c: {get: "/x/{b.id}/"}
)"));
    bench.answer("/x/1/", 500, "");
    bench.answer("/b/", R"({"id": 1})");
    EXPECT_EQ(bench.asked(), (list{"/x/1/", "/b/"}));
    EXPECT_EQ(bench.document(), "failed: c upstream_status");
}

TEST(plan_run_failures, a_document_refused_while_composing_becomes_the_default_after_all) {
    plan_bench bench(good_steps(R"(    steps:
      a: {get: /a/, optional: true, else: {}}
      b: {get: /b/}
)"));
    bench.answer("/a/", "{");
    bench.answer("/b/", "1");
    ASSERT_TRUE(bench.finished());
    const auto refused = find_refused(bench.run().value(0).documents, 128);
    ASSERT_EQ(refused.size(), 1u);
    bench.run().refuse(0, refused, {});
    EXPECT_EQ(bench.document(), R"({"a":{},"b":1})");
    EXPECT_EQ(bench.run().partial(), (list{"a"}));

    bench.run().refuse(1, {}, {errc::wrong_type, "no list"});
    EXPECT_EQ(bench.document(), "failed: b wrong_type");
    EXPECT_EQ(bench.failure().cause.detail, "step `b`: no list");
}

}  // namespace
}  // namespace nearside::aggregators
