#include "proxy/settings_kept.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(settings_kept, what_is_the_same_is_no_trouble) {
    config::settings running;
    running.cache.redis.emplace().endpoints = {{"r", 6379}};
    running.server.tls = {"a.crt", "a.key"};
    config::settings wanted = running;
    EXPECT_THAT(keep_settings(running, wanted), IsEmpty());
}

TEST(settings_kept, what_threads_sockets_and_stores_were_made_with_stays_and_is_told) {
    config::settings running;
    config::settings wanted = running;
    wanted.server.listen.port = 8082;
    wanted.server.threads = 7;
    wanted.server.limits.header_count = 3;
    wanted.admin.listen.host = "0.0.0.0";
    wanted.log.level = log_level::debug;
    wanted.cache.memory = 1;
    wanted.cache.redis.emplace();
    EXPECT_THAT(keep_settings(running, wanted),
                ElementsAre("server.listen", "server.threads", "server.limits", "admin.listen", "log.level",
                            "cache.memory", "cache.redis"));
    EXPECT_EQ(wanted.server.listen.port, running.server.listen.port);
    EXPECT_EQ(wanted.server.threads, running.server.threads);
    EXPECT_EQ(wanted.server.limits.header_count, running.server.limits.header_count);
    EXPECT_EQ(wanted.cache.memory, running.cache.memory);
    EXPECT_FALSE(wanted.cache.redis);
    EXPECT_THAT(keep_settings(running, wanted), IsEmpty());
}

TEST(settings_kept, of_tls_only_whether_there_is_any) {
    config::settings running;
    running.server.tls = {"a.crt", "a.key"};
    config::settings wanted = running;
    wanted.server.tls = {"b.crt", "b.key"};
    EXPECT_THAT(keep_settings(running, wanted), IsEmpty());
    EXPECT_EQ(wanted.server.tls->certificate, "b.crt");
    wanted.server.tls.reset();
    EXPECT_THAT(keep_settings(running, wanted), ElementsAre("server.tls"));
    EXPECT_TRUE(wanted.server.tls);
}

TEST(settings_kept, everything_else_is_taken_up) {
    config::settings running;
    config::settings wanted = running;
    wanted.server.drain_timeout = milliseconds{1};
    wanted.server.name = "other";
    wanted.server.cors.emplace();
    wanted.admin.tokens.push_back({.name = "t", .token = "secret", .reads = true});
    wanted.log.requests = true;
    wanted.cache.refresh_retry = milliseconds{1};
    wanted.limits.calls = 1;
    wanted.upstreams.emplace_back().name = "api";
    EXPECT_THAT(keep_settings(running, wanted), IsEmpty());
    EXPECT_EQ(wanted.limits.calls, 1U);
    EXPECT_EQ(wanted.upstreams.size(), 1U);
}

}  // namespace
}  // namespace nearside::proxy
