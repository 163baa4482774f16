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
    EXPECT_EQ(status_of(errc::internal), 500);
}

TEST(json_string, is_valid_json_whatever_the_bytes) {
    EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(json_string("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    // Overlong, a surrogate, beyond Unicode, cut off.
    EXPECT_EQ(json_string("\xc0\x80"), R"("\ufffd\ufffd")");
    EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");
    EXPECT_EQ(json_string("\xf5"), R"("\ufffd")");
    EXPECT_EQ(json_string("\xe2\x82"), R"("\ufffd\ufffd")");
}

}  // namespace
}  // namespace nearside::proxy
