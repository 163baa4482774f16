#include "proxy/view_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using aggregators::composed_view;
using aggregators::step_report;
using std::chrono::microseconds;
using std::chrono::seconds;

const wall_time birth{std::chrono::hours{1'000'000}};

struct answering : ::testing::Test {
    answering() {
        of.name = "board";
        of.varies = {"accept-language", "authorization"};
        made.content = body(std::string(R"({"id":7})"));
        lifetime.lives = {seconds{5}, seconds{600}, seconds{0}};
    }
    std::shared_ptr<cache::entry> entry(const cache::entry_ptr& previous = nullptr) const {
        return make_view_entry("k", of, made, lifetime, {.born = birth}, previous);
    }
    view of;
    composed_view made;
    cache::view_lifetime lifetime;
};

std::string field(const prepared_head& head, std::string_view name) {
    return std::string(head.find(name).value_or("(absent)"));
}

TEST_F(answering, tells_browsers_how_long_the_view_is_fresh_and_for_whom) {
    EXPECT_EQ(field(entry()->head, "cache-control"), "private, max-age=5");
    of.for_everybody = true;
    EXPECT_EQ(field(entry()->head, "cache-control"), "public, max-age=5");
    EXPECT_EQ(field(entry()->head, "vary"), "accept, accept-language, authorization");
    EXPECT_EQ(field(entry()->head, "content-type"), "application/json");
}

TEST_F(answering, a_view_without_whole_seconds_of_freshness_is_asked_for_each_time) {
    lifetime.lives.fresh = milliseconds{800};
    EXPECT_EQ(field(entry()->head, "cache-control"), "private, no-cache");
    lifetime.refused = cache::refusal::no_store;
    EXPECT_EQ(field(entry()->head, "cache-control"), "no-store");
}

TEST_F(answering, what_the_upstream_calls_private_is_not_told_to_be_public) {
    of.for_everybody = true;
    lifetime.lives = {};
    lifetime.refused = cache::refusal::private_response;
    EXPECT_EQ(field(entry()->head, "cache-control"), "private, no-cache");
}

TEST_F(answering, a_partial_view_names_what_is_missing_and_is_not_kept_by_browsers) {
    made.partial = {"owner", "metrics"};
    EXPECT_EQ(field(entry()->head, "nearside-partial"), "owner, metrics");
    EXPECT_EQ(field(entry()->head, "cache-control"), "private, no-cache");
    EXPECT_THAT(entry()->head.not_modified().lines, ::testing::HasSubstr("nearside-partial: owner, metrics\r\n"));
}

TEST_F(answering, a_304_says_what_a_200_would_but_for_the_content) {
    const auto stored = entry();
    const head_view unchanged = stored->head.not_modified();
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.lines, "ETag: " + std::string(stored->etag()) +
                                   "\r\nCache-Control: private, max-age=5\r\n"
                                   "Vary: accept, accept-language, authorization\r\nServer-Timing: \r\n");
}

TEST_F(answering, an_unchanged_view_keeps_the_older_copys_bytes) {
    const auto older = entry();
    made.content = body(std::string(R"({"id":7})"));
    const auto newer = entry(older);
    EXPECT_EQ(newer->content.slices()[0].bytes.data(), older->content.slices()[0].bytes.data());
    made.content = body(std::string(R"({"id":8})"));
    EXPECT_EQ(entry(older)->content.to_string(), R"({"id":8})");
    EXPECT_NE(entry(older)->etag(), older->etag());
}

TEST(server_timing, has_one_item_a_step_and_says_why_one_failed) {
    const std::vector<step_report> steps = {
        {.step = "project", .took = microseconds{262'140}, .outcome = step_report::outcome::done},
        {.step = "owner",
         .took = microseconds{800'000},
         .outcome = step_report::outcome::defaulted,
         .failure = {errc::total_timeout, "secret detail"}},
        {.step = "metrics", .outcome = step_report::outcome::skipped},
    };
    EXPECT_EQ(server_timing(steps),
              "project;dur=262.1, owner;dur=800.0;desc=\"total_timeout\", metrics;dur=0.0;desc=\"skipped\"");
}

TEST(cache_status, reads_as_rfc_9211_says) {
    EXPECT_EQ(to_field({.hit = true, .time_to_live = milliseconds{4'200}}, "nearside"), "nearside; hit; ttl=4");
    EXPECT_EQ(
        to_field({.hit = true, .time_to_live = milliseconds{-2'500}, .detail = "stale-while-revalidate"}, "nearside"),
        "nearside; hit; ttl=-3; detail=stale-while-revalidate");
    EXPECT_EQ(to_field({.forwarded = cache::forward_reason::uri_miss, .stored = true, .collapsed = true}, "edge-1"),
              "edge-1; fwd=uri-miss; stored; collapsed");
    EXPECT_EQ(to_field({.forwarded = cache::forward_reason::stale, .forward_status = 502}, "nearside"),
              "nearside; fwd=stale; fwd-status=502");
}

TEST(if_none_match, compares_weakly_over_lists_and_repeated_fields) {
    header_fields request;
    EXPECT_FALSE(none_match_fails(request, "\"a\""));
    request.append("If-None-Match", "\"x\", W/\"a\"");
    EXPECT_TRUE(none_match_fails(request, "\"a\""));
    EXPECT_FALSE(none_match_fails(request, "\"b\""));
    request.append("if-none-match", "\"b\"");
    EXPECT_TRUE(none_match_fails(request, "\"b\""));
    header_fields any;
    any.append("If-None-Match", "*");
    EXPECT_TRUE(none_match_fails(any, "\"c\""));
}

TEST(if_none_match, a_comma_inside_a_tag_divides_nothing) {
    header_fields request;
    request.append("If-None-Match", "\"a,b\", \"c\"");
    EXPECT_TRUE(none_match_fails(request, "\"a,b\""));
    EXPECT_FALSE(none_match_fails(request, "\"a\""));
}

}  // namespace
}  // namespace nearside::proxy
