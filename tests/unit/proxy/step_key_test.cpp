#include "proxy/step_key.h"

#include "tests/support/fields.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using nearside::testing::fields;

std::string key_of_step(std::string_view target, const header_fields& forwarded, std::string_view upstream = "incl") {
    return identify_step(upstream, target, principal_of(forwarded)).key;
}

TEST(step_key_test, the_same_call_of_the_same_principal_has_one_key) {
    const auto korean = fields({{"Authorization", "Bearer a"}, {"Accept-Language", "ko"}});
    EXPECT_EQ(key_of_step("/api/jobs/7/", korean), key_of_step("/api/jobs/7/", korean));
    EXPECT_EQ(key_of_step("/api/jobs/%37/", korean), key_of_step("/api/jobs/7/", korean));
    EXPECT_EQ(key_of_step("/a", fields({{"AUTHORIZATION", "Bearer a"}})),
              key_of_step("/a", fields({{"authorization", "Bearer a"}})));
}

TEST(step_key_test, whatever_the_upstream_is_sent_tells_calls_apart) {
    const auto none = fields({});
    EXPECT_NE(key_of_step("/a", none), key_of_step("/b", none));
    EXPECT_NE(key_of_step("/a?x=1", none), key_of_step("/a?x=2", none));
    EXPECT_NE(key_of_step("/a", none), key_of_step("/a", none, "other"));
    EXPECT_NE(key_of_step("/a", fields({{"authorization", "Bearer a"}})),
              key_of_step("/a", fields({{"authorization", "Bearer b"}})));
    EXPECT_NE(key_of_step("/a", fields({{"accept-language", "ko"}})), key_of_step("/a", none));
    EXPECT_NE(key_of_step("/a", fields({{"accept-language", "ko"}})),
              key_of_step("/a", fields({{"x-language", "ko"}})));
}

TEST(step_key_test, no_target_can_be_crafted_into_another_ones_key) {
    const std::string users = key_of_step("/a", fields({{"authorization", "Bearer a"}}));
    const std::string suffix = users.substr(key_of_step("/a", {}).size());
    EXPECT_NE(key_of_step("/a" + suffix, {}), users);
}

TEST(step_key_test, a_key_shows_no_credential) {
    EXPECT_EQ(key_of_step("/a", fields({{"authorization", "Bearer secret"}})).find("secret"), std::string::npos);
}

TEST(step_key_test, credentials_make_a_copy_one_users_and_preferences_dont) {
    EXPECT_TRUE(principal_of(fields({{"Authorization", "Bearer a"}})).one_user);
    EXPECT_TRUE(principal_of(fields({{"X-Api-Key", "k"}})).one_user);
    EXPECT_FALSE(principal_of(fields({{"Accept-Language", "ko"}})).one_user);
    EXPECT_FALSE(principal_of({}).one_user);
}

TEST(step_key_test, a_write_reaches_every_principals_copy_by_one_tag) {
    const auto left = identify_step("incl", "/api/jobs/7/?a=1", principal_of(fields({{"authorization", "a"}})));
    const auto right = identify_step("incl", "/api/jobs/7/?a=1", principal_of(fields({{"authorization", "b"}})));
    EXPECT_NE(left.key, right.key);
    EXPECT_EQ(left.uri_tag, right.uri_tag);
    EXPECT_EQ(left.uri_tag, step_uri_tag("incl", "/api/jobs/7/?a=1"));
    EXPECT_NE(left.uri_tag, step_uri_tag("other", "/api/jobs/7/?a=1"));
}

}  // namespace
}  // namespace nearside::proxy
