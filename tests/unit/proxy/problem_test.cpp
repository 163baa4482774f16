#include "proxy/problem.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(problem, tells_type_title_status_and_detail) {
    const problem made =
        make_problem(504, {errc::first_byte_timeout, "step \"jobs\" waited 5 s"}, {{"step", "\"jobs\""}});
    EXPECT_EQ(made.head.status, 504);
    EXPECT_EQ(made.head.fields.find("content-type"), "application/problem+json");
    EXPECT_EQ(made.content.to_string(),
              "{\"type\":\"urn:nearside:problem:first_byte_timeout\",\"title\":\"first byte timeout\",\"status\":504,"
              "\"detail\":\"step \\\"jobs\\\" waited 5 s\",\"step\":\"jobs\"}\n");
}

TEST(problem, the_client_is_blamed_for_its_own_faults_only) {
    EXPECT_EQ(status_of(errc::bad_request), 400);
    EXPECT_EQ(status_of(errc::body_too_large), 413);
    EXPECT_EQ(status_of(errc::invalid_json), 502);
    EXPECT_EQ(status_of(errc::connect_timeout), 504);
    EXPECT_EQ(status_of(errc::upstream_busy), 503);
    EXPECT_EQ(status_of(errc::upstream_unavailable), 503);
    EXPECT_EQ(status_of(errc::out_of_descriptors), 503);
    EXPECT_EQ(status_of(errc::internal), 500);
}

TEST(problem, a_503_tells_when_to_try_again_where_that_is_known) {
    const problem later = make_problem(503, {errc::upstream_unavailable, {}, std::chrono::seconds(4)});
    EXPECT_EQ(later.head.fields.find("retry-after"), "4");
    EXPECT_FALSE(make_problem(503, {errc::upstream_busy, {}}).head.fields.contains("retry-after"));
    EXPECT_FALSE(make_problem(502, {errc::internal, {}, std::chrono::seconds(4)}).head.fields.contains("retry-after"));
}

}  // namespace
}  // namespace nearside::proxy
