// The client with a real redis-server.
#include "tests/support/real_redis.h"
#include "tests/support/test_certificates.h"
#include "tests/unit/cache/redis_rig.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;
using testing::real_redis;

class redis_server_test : public redis_rig {
protected:
    void wait_available(bool wanted) {
        testing::run_until(io_, [&] { return client_->available() == wanted; });
    }
};

TEST_F(redis_server_test, stores_and_answers) {
    real_redis redis;
    connect(at(redis.port()));
    const std::string binary("\0\r\n\xff", 4);
    EXPECT_EQ(set("k", binary), "OK");
    EXPECT_EQ(get("k"), binary);
    EXPECT_TRUE(told(redis_command("", {"GET", "none"})).is_nil());
    EXPECT_EQ(told(redis_command("", {"INCRBY", "n"}).add(41)).integer, 41);
    const auto list = ask(redis_command("", {"EVAL", "return {1, 'two', {3}}", "0"}));
    ASSERT_TRUE(list && list->items.size() == 3);
    EXPECT_EQ(list->items[2].items[0].integer, 3);
    const auto failed = ask(redis_command("", {"EVALSHA", "ffffffffffffffffffffffffffffffffffffffff", "0"}));
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().detail.starts_with("NOSCRIPT ")) << failed.error().detail;
}

TEST_F(redis_server_test, lets_users_in_and_selects_a_database) {
    real_redis redis({"--user", "edge", "on", ">p@ss", "+@all", "~*", "&*", "--user", "default", "off"});
    auto settings = at(redis.port());
    settings->user = "edge";
    settings->password = "p@ss";
    settings->database = 3;
    connect(settings);
    EXPECT_EQ(set("k", "v"), "OK");
    EXPECT_EQ(redis.cli("--user edge --pass p@ss --no-auth-warning -n 3 get k"), "v");
}

TEST_F(redis_server_test, speaks_over_a_unix_socket) {
    real_redis redis;
    auto settings = at(0);
    settings->endpoints.clear();
    settings->socket_path = redis.socket_path();
    connect(settings);
    EXPECT_EQ(set("k", "v"), "OK");
    EXPECT_EQ(redis.cli("get k"), "v");
}

class redis_tls_test : public redis_server_test {
protected:
    std::shared_ptr<config::redis_settings> secured() const {
        auto settings = at(tls_port_);
        settings->tls = true;
        settings->verification.ca_file = certificates_.authority_file();
        settings->verification.server_name = "redis.test";
        return settings;
    }

    testing::test_certificates certificates_{"DNS:redis.test"};
    std::uint16_t tls_port_ = testing::free_port();
    real_redis redis_{{"--tls-port", std::to_string(tls_port_), "--tls-cert-file", certificates_.certificate_file(),
                       "--tls-key-file", certificates_.key_file(), "--tls-ca-cert-file", certificates_.authority_file(),
                       "--tls-auth-clients", "no"}};
};

TEST_F(redis_tls_test, speaks_tls_to_who_proves_its_name) {
    connect(secured());
    const std::string large(5'000'000, 'x');
    EXPECT_EQ(set("k", large), "OK");
    EXPECT_EQ(get("k"), large);
}

TEST_F(redis_tls_test, refuses_another_name_and_another_authority) {
    auto settings = secured();
    settings->verification.server_name = "other.test";
    connect(settings, false);
    const auto got = ask(redis_command("", {"GET", "k"}));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().detail, "TLS: hostname mismatch");

    const testing::test_certificates stranger("DNS:redis.test", "another CA");
    settings = secured();
    settings->verification.ca_file = stranger.authority_file();
    client_.reset();
    connect(settings, false);
    EXPECT_EQ(get("k"), "redis_unavailable");
    settings = secured();
    settings->verification.verify = false;
    settings->verification.server_name = "other.test";
    client_.reset();
    connect(settings);
    EXPECT_EQ(set("k", "v"), "OK");
}

TEST_F(redis_tls_test, cannot_be_made_without_its_authority) {
    auto settings = secured();
    settings->verification.ca_file = "/nonexistent";
    const auto made = redis_client::create(io_.get_executor(), settings, log_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, errc::tls_failed);
}

TEST_F(redis_server_test, goes_on_after_the_server_was_stopped_and_let_go_on) {
    real_redis redis;
    connect(at(redis.port()));
    EXPECT_EQ(set("k", "v"), "OK");
    redis.pause();
    for (int each = 0; each < 3; ++each)
        EXPECT_EQ(get("k", 20ms), "redis_timeout");
    wait_available(false);
    EXPECT_EQ(get("k"), "redis_unavailable");
    redis.go_on();
    wait_available(true);
    EXPECT_EQ(get("k"), "v");
}

TEST_F(redis_server_test, goes_on_after_the_server_was_stopped_for_so_long_that_it_was_given_up) {
    real_redis redis;
    auto settings = at(redis.port());
    settings->connect_timeout = 200ms;
    connect(settings);
    redis.pause();
    EXPECT_EQ(get("k", 20ms), "redis_timeout");
    // Until dialling fails: the connection was given up.
    std::string why;
    testing::run_until(io_, [&] {
        const auto got = ask(redis_command("", {"GET", "k"}), 5ms);
        why = got ? "" : got.error().detail;
        return why == "no connection within `connect_timeout`";
    });
    redis.go_on();
    wait_available(true);
    EXPECT_TRUE(told(redis_command("", {"GET", "k"})).is_nil());
}

TEST_F(redis_server_test, goes_on_after_the_server_was_killed_and_started_again) {
    real_redis redis;
    connect(at(redis.port()));
    EXPECT_EQ(set("k", "v"), "OK");
    redis.kill();
    wait_available(false);
    testing::run_until(io_, [&] { return get("k") == "redis_unavailable"; });
    redis.start();
    wait_available(true);
    EXPECT_TRUE(told(redis_command("", {"GET", "k"})).is_nil());
    EXPECT_EQ(set("k", "w"), "OK");
}

TEST_F(redis_server_test, gives_nobody_anothers_answer_while_connections_are_cut) {
    real_redis redis;
    connect(at(redis.port()));
    for (int each = 0; each < 100; ++each)
        ASSERT_EQ(set("k" + std::to_string(each), std::to_string(each)), "OK");
    int answered = 0;
    for (int round = 0; round < 30; ++round) {
        std::vector<redis_command> many;
        for (int each = 0; each < 100; ++each)
            many.push_back(redis_command("", {"GET", "k" + std::to_string(each)}));
        // Some are cut off by themselves, in the midst.
        if (round % 3 == 0) many.insert(many.begin() + 50, redis_command("", {"CLIENT", "KILL", "SKIPME", "no"}));
        const auto got = ask_all(std::move(many));
        int expected = 0;
        for (std::size_t at = 0; at < got.size(); ++at) {
            if (round % 3 == 0 && at == 50) continue;
            if (got[at]) {
                EXPECT_EQ(text(got[at]), std::to_string(expected));
                ++answered;
            } else {
                EXPECT_EQ(got[at].error().code, errc::redis_unavailable);
            }
            ++expected;
        }
        wait_available(true);
    }
    EXPECT_GT(answered, 2'000);
}

TEST_F(redis_server_test, keeps_requests_apart_from_what_is_large) {
    real_redis redis;
    connect(at(redis.port()));
    const body large(std::string(20'000'000, 'x'));
    redis_command store("", {"SET", "large"});
    store.add(large).lane = redis_lane::background;
    EXPECT_EQ(text(ask(std::move(store))), "OK");
    redis_command load("", {"GET", "large"});
    load.lane = redis_lane::background;
    const auto got = ask(std::move(load));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->text().size(), 20'000'000U);
    EXPECT_EQ(set("k", "v"), "OK");
}

TEST_F(redis_server_test, hears_what_is_published_and_when_it_may_have_missed_something) {
    real_redis redis;
    connect(at(redis.port()));
    std::string heard;
    client_->subscribe({"news"}, {.on_message = [&](std::string_view, std::string_view payload) { heard += payload; },
                                  .on_up = [&] { heard += '^'; },
                                  .on_down = [&] { heard += 'v'; }});
    testing::run_until(io_, [&] { return heard == "^"; });
    EXPECT_EQ(told(redis_command("", {"PUBLISH", "news", "a"})).integer, 1);
    testing::run_until(io_, [&] { return heard == "^a"; });
    redis.kill();
    testing::run_until(io_, [&] { return heard == "^av"; });
    redis.start();
    testing::run_until(io_, [&] { return heard == "^av^"; });
    wait_available(true);
    EXPECT_EQ(told(redis_command("", {"PUBLISH", "news", "b"})).integer, 1);
    testing::run_until(io_, [&] { return heard == "^av^b"; });
}

}  // namespace
}  // namespace nearside::cache
