#include "tests/unit/config/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::optional<redis_settings> redis_of(const std::string& text) {
    const load_outcome loaded = load_text("f", text + some_upstream, environment_of({{"SECRET", "s3cret"}}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    return loaded.value.cache.redis;
}

TEST(redis_settings, without_the_key_there_is_memory_alone) {
    EXPECT_FALSE(redis_of("cache: {memory: 1GiB}\n"));
}

TEST(redis_settings, a_url_is_all_that_it_takes) {
    const auto redis = redis_of("cache: {redis: \"redis://:${SECRET}@redis.internal/3\"}\n");
    ASSERT_TRUE(redis);
    EXPECT_THAT(redis->endpoints, ElementsAre(redis_settings::endpoint{"redis.internal", 6379}));
    EXPECT_EQ(redis->password, "s3cret");
    EXPECT_EQ(redis->database, 3u);
    EXPECT_EQ(redis->prefix, "nearside");
    EXPECT_THAT(redis->where, Not(HasSubstr("s3cret")));
}

TEST(redis_settings, a_mapping_says_more) {
    const auto redis = redis_of(
        "cache:\n  redis: {url: \"rediss://r:1\", prefix: \"team:a\", queue: 5,\n"
        "          timeout: {connect: 2s, command: 3s, request: 4ms, content: 5ms},\n"
        "          tls: {verify: false, server_name: n}}\n");
    ASSERT_TRUE(redis);
    EXPECT_TRUE(redis->tls);
    EXPECT_EQ(redis->prefix, "team:a");
    EXPECT_EQ(redis->max_queue, 5u);
    EXPECT_EQ(redis->connect_timeout, milliseconds{2'000});
    EXPECT_EQ(redis->command_timeout, milliseconds{3'000});
    EXPECT_EQ(redis->request_timeout, milliseconds{4});
    EXPECT_EQ(redis->content_timeout, milliseconds{5});
    EXPECT_FALSE(redis->verification.verify);
    EXPECT_EQ(redis->verification.server_name, "n");
}

TEST(redis_settings, a_complaint_never_quotes_the_password) {
    EXPECT_THAT(complaints_about(std::string("cache: {redis: \"http://u:s3cret@h\"}\n") + some_upstream),
                ElementsAre(Not(HasSubstr("s3cret"))));
}

TEST(redis_settings, everything_wrong_with_a_mapping_is_told_at_once) {
    EXPECT_THAT(complaints_about(std::string("cache: {redis: {url: \"redis://h\", prefix: \"a b\", queue: 0, "
                                             "timeout: {request: soon}, tls: {verify: true}, retries: 1}}\n") +
                                 some_upstream),
                ::testing::UnorderedElementsAre(HasSubstr("is no prefix for keys in Redis"), HasSubstr("`queue`"),
                                                HasSubstr("soon"), HasSubstr("`tls` of `cache.redis` has no use"),
                                                HasSubstr("`retries`")));
}

TEST(redis_settings, a_mapping_needs_a_url) {
    EXPECT_THAT(complaints_about(std::string("cache: {redis: {prefix: a}}\n") + some_upstream),
                ElementsAre(HasSubstr("write `url: redis://host:6379/0`")));
}

}  // namespace
}  // namespace nearside::config
