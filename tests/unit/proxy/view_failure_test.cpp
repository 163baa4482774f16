#include "proxy/view_failure.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

aggregators::plan_failure answered(int status) {
    return {.cause = {errc::upstream_status, "upstream answered"}, .step = "owner", .upstream_status = status};
}

aggregators::plan_failure of(errc code) {
    return {.cause = {code, "why"}, .step = "owner"};
}

TEST(view_failure, passes_on_what_the_upstream_says_about_the_user_or_the_thing) {
    for (const int status : {401, 403, 404, 410, 429})
        EXPECT_EQ(status_of(answered(status)), status);
    for (const int status : {400, 409, 422, 500, 503})
        EXPECT_EQ(status_of(answered(status)), 502);
    EXPECT_EQ(status_of(of(errc::first_byte_timeout)), 504);
    EXPECT_EQ(status_of(of(errc::connect_failed)), 502);
    EXPECT_EQ(status_of(of(errc::invalid_json)), 502);
    EXPECT_EQ(status_of(of(errc::upstream_busy)), 503);
}

TEST(view_failure, the_older_copy_stands_in_for_trouble_not_for_an_answer) {
    for (const int status : {500, 502, 503, 504, 429, 408})
        EXPECT_TRUE(is_upstream_trouble(answered(status)));
    for (const int status : {400, 401, 403, 404, 410, 422})
        EXPECT_FALSE(is_upstream_trouble(answered(status)));
    EXPECT_TRUE(is_upstream_trouble(of(errc::closed_early)));
    EXPECT_FALSE(is_upstream_trouble(of(errc::unsafe_reference)));
}

TEST(view_failure, streams_end_by_what_would_be_refused_again_and_not_by_what_passes) {
    for (const int status : {400, 401, 403, 404, 406, 410, 414})
        EXPECT_TRUE(ends_streams(status)) << status;
    for (const int status : {408, 429, 500, 502, 503, 504})
        EXPECT_FALSE(ends_streams(status)) << status;
}

TEST(view_failure, what_a_user_may_no_longer_see_is_not_kept) {
    for (const int status : {401, 403, 404, 410})
        EXPECT_TRUE(revokes_stored(answered(status)));
    for (const int status : {400, 429, 500, 503})
        EXPECT_FALSE(revokes_stored(answered(status)));
    EXPECT_FALSE(revokes_stored(of(errc::connect_failed)));
}

TEST(view_failure, the_problem_names_view_step_and_upstream_status) {
    const problem told = make_problem(answered(503), "board");
    EXPECT_EQ(told.head.status, 502);
    const std::string text = told.content.to_string();
    EXPECT_NE(text.find(R"("type":"urn:nearside:problem:upstream_status")"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("view":"board")"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("step":"owner")"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("upstream_status":503)"), std::string::npos) << text;
    EXPECT_EQ(make_problem(of(errc::connect_failed), "board").content.to_string().find("upstream_status"),
              std::string::npos);
}

TEST(view_failure, what_explains_a_status_is_passed_on_with_it_and_nothing_else) {
    aggregators::plan_failure failure = answered(401);
    failure.upstream_fields.append("WWW-Authenticate", "Token");
    failure.upstream_fields.append("Retry-After", "7");
    failure.upstream_fields.append("Set-Cookie", "secret=1");
    const header_fields told = make_problem(failure, "board").head.fields;
    EXPECT_EQ(told.find("www-authenticate"), "Token");
    EXPECT_FALSE(told.contains("retry-after"));
    EXPECT_FALSE(told.contains("set-cookie"));
    failure.upstream_status = 429;
    EXPECT_EQ(make_problem(failure, "board").head.fields.find("retry-after"), "7");
    failure.upstream_status = 500;
    EXPECT_FALSE(make_problem(failure, "board").head.fields.contains("retry-after"));
}

}  // namespace
}  // namespace nearside::proxy
