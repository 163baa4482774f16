#include "config/redis_address.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::config {
namespace {

using kind = redis_settings::kind;
using endpoint = redis_settings::endpoint;

redis_settings read(std::string_view text) {
    const reading<redis_settings> made = parse_redis_url(text);
    EXPECT_TRUE(made.value.has_value()) << text << ": " << made.what;
    return made.value.value_or(redis_settings{});
}

TEST(redis_address, names_a_server_its_port_and_a_database) {
    const redis_settings plain = read("redis://cache.example:6380/3");
    EXPECT_EQ(plain.topology, kind::single);
    EXPECT_EQ(plain.endpoints, (std::vector<endpoint>{{"cache.example", 6380}}));
    EXPECT_EQ(plain.database, 3u);
    EXPECT_FALSE(plain.tls);
}

TEST(redis_address, has_the_usual_port_and_database_0_where_it_names_none) {
    EXPECT_EQ(read("redis://cache").endpoints, (std::vector<endpoint>{{"cache", 6379}}));
    EXPECT_EQ(read("redis://cache/").database, 0u);
    EXPECT_EQ(read("redis://[::1]").endpoints, (std::vector<endpoint>{{"::1", 6379}}));
    EXPECT_EQ(read("redis://[::1]:1").endpoints, (std::vector<endpoint>{{"::1", 1}}));
    EXPECT_EQ(read("redis://cache:80").endpoints, (std::vector<endpoint>{{"cache", 80}}));
}

TEST(redis_address, decodes_user_and_password_and_tells_neither_to_people) {
    const redis_settings made = read("rediss://app:p%40ss%2fword@cache:6379/1");
    EXPECT_TRUE(made.tls);
    EXPECT_EQ(made.user, "app");
    EXPECT_EQ(made.password, "p@ss/word");
    EXPECT_EQ(made.where, "rediss://cache:6379/1");
    EXPECT_EQ(read("redis://:secret@cache").user, "");
}

TEST(redis_address, may_be_a_unix_socket) {
    const redis_settings made = read("unix:///run/redis/redis.sock?db=2");
    EXPECT_EQ(made.socket_path, "/run/redis/redis.sock");
    EXPECT_EQ(made.database, 2u);
    EXPECT_TRUE(made.endpoints.empty());
    EXPECT_EQ(read("unix://:pw@/run/redis.sock").password, "pw");
}

TEST(redis_address, names_sentinels_and_what_they_call_the_primary) {
    const redis_settings made = read("redis+sentinel://:pw@one,two:26380/main/4");
    EXPECT_EQ(made.topology, kind::sentinel);
    EXPECT_EQ(made.endpoints, (std::vector<endpoint>{{"one", 26379}, {"two", 26380}}));
    EXPECT_EQ(made.primary, "main");
    EXPECT_EQ(made.database, 4u);
    EXPECT_EQ(made.where, "redis+sentinel://one,two:26380/main/4");
}

TEST(redis_address, names_some_nodes_of_a_cluster) {
    const redis_settings made = read("rediss+cluster://one:7000,two:7001");
    EXPECT_EQ(made.topology, kind::cluster);
    EXPECT_TRUE(made.tls);
    EXPECT_EQ(made.endpoints.size(), 2u);
}

class broken_redis_address : public ::testing::TestWithParam<const char*> {};

TEST_P(broken_redis_address, is_refused_without_telling_its_password) {
    const reading<redis_settings> made = parse_redis_url(GetParam());
    EXPECT_FALSE(made.value.has_value());
    EXPECT_FALSE(made.what.empty());
    EXPECT_FALSE(made.mend.empty());
    EXPECT_EQ((made.what + made.mend).find("hush"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(all, broken_redis_address,
                         ::testing::Values("", "cache:6379", "http://cache", "redis://", "redis://cache:0",
                                           "redis://cache:70000", "redis://cache/x", "redis://cache/-1",
                                           "redis://cache/1/2", "redis://hush@cache", "redis://user:@cache",
                                           "redis://a:hu%zzsh@cache", "redis://one,two", "redis://ca che",
                                           "unix://relative", "unix://", "unix:///s?database=1", "unix:///s?db=x",
                                           "redis+sentinel://one", "redis+sentinel://one/",
                                           "redis+sentinel://one,/main", "redis+sentinel://one/main/x",
                                           "redis+cluster://one/3", "redis+cluster://"));

}  // namespace
}  // namespace nearside::config
