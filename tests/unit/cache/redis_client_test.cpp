#include "cache/redis_client.h"

#include "tests/support/fake_redis.h"
#include "tests/unit/cache/redis_rig.h"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;
using testing::bulk;
using testing::fake_origin;
using testing::fake_peer;
using testing::read_command;
using testing::serve_redis;
using words = std::vector<std::string>;

class redis_client_test : public redis_rig {};

// Answers each command with its last argument.
std::string echo(const words& command) {
    return bulk(command.back());
}

// What ends with "slow" is answered when it is released, and what comes behind it.
struct slow_redis : fake_origin {
    slow_redis()
        : fake_origin([this](fake_peer& peer) {
              serve_redis(peer, [this](const words& command) {
                  if (command.back() == "slow") hold();
                  return echo(command);
              });
          }) {}
};

// Takes connections, and answers nothing on them before it is released.
struct mute_redis : fake_origin {
    mute_redis()
        : fake_origin([this](fake_peer& peer) {
              static_cast<void>(read_command(peer));
              hold();
          }) {}
};

// Where nobody listens.
std::uint16_t deaf_port() {
    const fake_origin gone([](fake_peer&) {});
    return gone.port();
}

TEST_F(redis_client_test, answers_in_the_order_of_the_commands) {
    fake_origin redis([](fake_peer& peer) { serve_redis(peer, echo); });
    connect(at(redis.port()));
    std::vector<redis_command> many;
    for (int each = 0; each < 500; ++each)
        many.push_back(redis_command("", {"GET"}).add(each));
    const auto got = ask_all(std::move(many));
    ASSERT_EQ(got.size(), 500U);
    for (int each = 0; each < 500; ++each)
        EXPECT_EQ(text(got[static_cast<std::size_t>(each)]), std::to_string(each));
    EXPECT_TRUE(ask_all({}).empty());
}

TEST_F(redis_client_test, carries_large_values_both_ways) {
    fake_origin redis([](fake_peer& peer) { serve_redis(peer, echo); });
    connect(at(redis.port()));
    std::string large(3'000'000, 'x');
    large[1'000'000] = '\r';
    redis_command command("k", {"SET", "k"});
    command.add(body(large)).lane = redis_lane::background;
    EXPECT_EQ(text(ask(std::move(command))), large);
}

TEST_F(redis_client_test, tells_an_error_by_its_code_without_what_it_quotes) {
    fake_origin redis([](fake_peer& peer) {
        serve_redis(peer,
                    [](const words&) { return "-ERR unknown command 'X', with args beginning with: 'secret' \r\n"; });
    });
    connect(at(redis.port()));
    const auto got = ask(redis_command("", {"X", "secret"}));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::redis_error);
    EXPECT_EQ(got.error().detail, "ERR unknown command 'X'");
}

TEST_F(redis_client_test, fails_at_once_where_nobody_listens) {
    connect(at(deaf_port()), false);
    EXPECT_EQ(get("k"), "redis_unavailable");
    EXPECT_EQ(get("k"), "redis_unavailable");
    EXPECT_FALSE(client_->available());
}

TEST_F(redis_client_test, waits_no_longer_than_it_was_told_and_drops_the_late_answer) {
    slow_redis redis;
    connect(at(redis.port()));
    EXPECT_EQ(get("slow", 30ms), "redis_timeout");
    redis.release();
    EXPECT_EQ(get("quick"), "quick");
    EXPECT_TRUE(client_->available());
}

TEST_F(redis_client_test, is_not_worth_asking_after_timeouts_in_a_row_until_a_ping_is_answered) {
    slow_redis redis;
    connect(at(redis.port()));
    for (int each = 0; each < 3; ++each)
        EXPECT_EQ(get("slow", 10ms), "redis_timeout");
    testing::run_until(io_, [this] { return !client_->available(); });
    EXPECT_EQ(get("other"), "redis_unavailable");
    redis.release();
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_EQ(get("other"), "other");
}

TEST_F(redis_client_test, gives_up_a_connection_on_which_nothing_comes) {
    std::atomic<int> stopped{0};
    fake_origin* self = nullptr;
    fake_origin redis([&](fake_peer& peer) {
        serve_redis(peer, [&](const words& command) {
            if (command.back() == "stop" && stopped++ == 0) self->hold();
            return echo(command);
        });
    });
    self = &redis;
    connect(at(redis.port()));
    EXPECT_EQ(get("stop", 10ms), "redis_timeout");
    // The two lanes, and one dialled anew.
    testing::run_until(io_, [&] { return redis.connections() == 3; });
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_EQ(get("other"), "other");
}

TEST_F(redis_client_test, fails_what_was_sent_when_the_connection_ends_and_never_sends_it_twice) {
    std::atomic<int> seen{0};
    fake_origin redis([&](fake_peer& peer) {
        serve_redis(peer, [&](const words& command) -> std::string {
            if (command.back() != "fatal") return echo(command);
            ++seen;
            peer.reset();
            return "";
        });
    });
    connect(at(redis.port()));
    const auto got = ask(redis_command("", {"INCR", "fatal"}));
    EXPECT_EQ(text(got), "redis_unavailable");
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_EQ(get("fine"), "fine");
    EXPECT_EQ(seen, 1);
}

TEST_F(redis_client_test, takes_garbage_for_the_end_of_the_connection) {
    std::atomic<bool> mad{true};
    fake_origin redis([&](fake_peer& peer) {
        serve_redis(peer, [&](const words& command) {
            return mad ? std::string("HTTP/1.1 400 Bad Request\r\n\r\n\0\0\xff", 31) : echo(command);
        });
    });
    connect(at(redis.port()));
    EXPECT_EQ(get("k"), "redis_unavailable");
    mad = false;
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_EQ(get("k"), "k");
}

TEST_F(redis_client_test, never_takes_an_answer_to_nothing_for_one_to_something) {
    std::atomic<bool> mad{true};
    fake_origin redis([&](fake_peer& peer) {
        serve_redis(peer, [&](const words& command) {
            return mad.exchange(false) ? bulk("first") + bulk("unasked") : echo(command);
        });
    });
    connect(at(redis.port()));
    EXPECT_EQ(get("k"), "first");
    testing::run_until(io_, [&] { return redis.connections() == 3; });
    testing::run_until(io_, [this] { return client_->available(); });
    EXPECT_EQ(get("other"), "other");
}

TEST_F(redis_client_test, refuses_what_is_over_the_bound_at_once) {
    fake_origin* self = nullptr;
    fake_origin redis([&self](fake_peer& peer) {
        serve_redis(peer, [&self](const words& command) {
            self->hold();
            return echo(command);
        });
    });
    self = &redis;
    auto settings = at(redis.port());
    settings->max_queue = 3;
    connect(settings);
    std::vector<redis_command> five;
    for (int each = 0; each < 5; ++each)
        five.push_back(redis_command("", {"GET"}).add(each));
    const auto got = ask_all(std::move(five), 100ms);
    EXPECT_EQ(text(got[2]), "redis_timeout");
    EXPECT_EQ(text(got[3]), "redis_unavailable");
    EXPECT_EQ(text(got[4]), "redis_unavailable");
}

TEST_F(redis_client_test, authenticates_and_selects_before_anything_else) {
    std::mutex guard;
    std::vector<std::string> seen;
    fake_origin redis([&](fake_peer& peer) {
        for (words command = read_command(peer); !command.empty(); command = read_command(peer)) {
            std::string joined;
            for (const std::string& each : command)
                joined += each + " ";
            const std::lock_guard lock(guard);
            if (peer.number == 0) seen.push_back(joined);
            peer.send("+OK\r\n");
        }
    });
    auto settings = at(redis.port());
    settings->user = "u";
    settings->password = "p w";
    settings->database = 7;
    connect(settings);
    testing::run_until(io_, [&] {
        const std::lock_guard lock(guard);
        return seen.size() >= 3;
    });
    EXPECT_EQ(seen[0], "AUTH u p w ");
    EXPECT_EQ(seen[1], "SELECT 7 ");
    EXPECT_EQ(seen[2], "PING ");
}

TEST_F(redis_client_test, is_unavailable_where_it_is_not_let_in) {
    fake_origin redis([](fake_peer& peer) {
        while (!read_command(peer).empty())
            peer.send("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    });
    auto settings = at(redis.port());
    settings->password = "p";
    connect(settings, false);
    const auto got = ask(redis_command("", {"GET", "k"}));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::redis_unavailable);
    EXPECT_TRUE(got.error().detail.starts_with("WRONGPASS")) << got.error().detail;
}

TEST_F(redis_client_test, fails_what_is_under_way_when_it_is_stopped) {
    fake_origin* self = nullptr;
    fake_origin redis([&self](fake_peer& peer) {
        serve_redis(peer, [&self](const words& command) {
            self->hold();
            return echo(command);
        });
    });
    self = &redis;
    connect(at(redis.port()));
    boost::asio::steady_timer soon(io_, 20ms);
    soon.async_wait([this](const boost::system::error_code&) { client_->stop(); });
    EXPECT_EQ(get("k"), "redis_unavailable");
    EXPECT_FALSE(client_->available());
    EXPECT_EQ(get("k"), "redis_unavailable");
}

TEST_F(redis_client_test, is_not_waited_for_while_a_dial_takes_long) {
    mute_redis redis;
    auto settings = at(redis.port());
    settings->connect_timeout = ample;
    connect(settings, false);
    EXPECT_EQ(get("k", 10ms), "redis_timeout");
    EXPECT_EQ(get("k"), "redis_unavailable");
    EXPECT_EQ(get("k"), "redis_unavailable");
}

class redis_log_test : public redis_rig {
protected:
    redis_log_test() : redis_rig(log_level::info) { ::testing::internal::CaptureStderr(); }

    // The events of the log, each as often as it was told.
    static int count(const std::string& log, std::string_view event) {
        int found = 0;
        for (std::size_t at = log.find(event); at != std::string::npos; at = log.find(event, at + 1))
            ++found;
        return found;
    }
};

TEST_F(redis_log_test, is_silent_about_a_redis_that_is_there_a_moment_later) {
    fake_origin* self = nullptr;
    // The first lane is dialled longer than the other, and longer than commands would wait for it.
    fake_origin redis([&self](fake_peer& peer) {
        if (peer.number == 0) self->hold();
        serve_redis(peer, echo);
    });
    self = &redis;
    auto settings = at(redis.port());
    settings->connect_timeout = ample;
    connect(settings, false);
    redis_command of_the_other("", {"GET", "k"});
    of_the_other.lane = redis_lane::background;
    EXPECT_EQ(text(ask(std::move(of_the_other))), "k");
    EXPECT_EQ(get("k"), "redis_unavailable");
    redis.release();
    testing::run_until(io_, [this] { return client_->available(); });
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(log, "redis unavailable"), 0) << log;
    EXPECT_EQ(count(log, "redis connected"), 1) << log;
}

TEST_F(redis_log_test, warns_once_where_nobody_listens) {
    connect(at(deaf_port()), false);
    EXPECT_EQ(get("k"), "redis_unavailable");
    EXPECT_EQ(get("k"), "redis_unavailable");
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(log, "redis unavailable"), 1) << log;
    EXPECT_EQ(count(log, "refused"), 1) << log;
}

TEST_F(redis_log_test, warns_when_the_first_dial_takes_longer_than_it_may) {
    mute_redis redis;
    auto settings = at(redis.port());
    settings->connect_timeout = milliseconds{20};
    connect(settings, false);
    EXPECT_EQ(get("k"), "redis_unavailable");
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(log, "redis unavailable"), 1) << log;
    EXPECT_EQ(count(log, "connect_timeout"), 1) << log;
}

TEST_F(redis_log_test, says_why_a_connected_redis_is_not_worth_asking) {
    slow_redis redis;
    connect(at(redis.port()));
    for (int each = 0; each < 3; ++each)
        EXPECT_EQ(get("slow", 10ms), "redis_timeout");
    testing::run_until(io_, [this] { return !client_->available(); });
    redis.release();
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(count(log, "redis unavailable"), 1) << log;
    EXPECT_EQ(count(log, "answer in time"), 1) << log;
}

TEST(redis_client_threads, answers_callers_on_their_own_threads) {
    fake_origin redis([](fake_peer& peer) { serve_redis(peer, echo); });
    auto settings = std::make_shared<config::redis_settings>();
    settings->endpoints = {{"127.0.0.1", redis.port()}};
    logger log(log_level::off, log_format::text);
    // Those of the callers outlive the thread that posts answers to them, which may still be about it.
    boost::asio::io_context home, of_first, of_second;
    std::optional working(boost::asio::make_work_guard(home));
    std::thread home_thread([&home] { home.run(); });
    {
        auto client = redis_client::create(home.get_executor(), settings, log);
        ASSERT_TRUE(client);
        const auto ask_often = [&client](boost::asio::io_context& io, char name) {
            for (int each = 0; each < 200; ++each) {
                const std::string wanted = name + std::to_string(each);
                const auto got = testing::run(io, (*client)->run(redis_command("", {"GET", wanted}), 15s));
                ASSERT_TRUE(got) << got.error().detail;
                EXPECT_EQ(got->text(), wanted);
            }
        };
        std::thread first(ask_often, std::ref(of_first), 'a'), second(ask_often, std::ref(of_second), 'b');
        first.join();
        second.join();
        EXPECT_TRUE((*client)->available());
    }
    working.reset();
    home_thread.join();
}

class redis_subscription_test : public redis_rig {
protected:
    redis_subscription_events events() {
        return {.on_message =
                    [this](std::string_view channel, std::string_view payload) {
                        log_of_events_ += std::string(channel) + "=" + std::string(payload) + " ";
                    },
                .on_up = [this] { log_of_events_ += "up "; },
                .on_down = [this] { log_of_events_ += "down "; }};
    }
    void wait_for(const std::string& expected) {
        testing::run_until(io_, [&] { return log_of_events_ == expected; });
    }

    std::string log_of_events_;
};

std::string push(std::string_view what, std::string_view channel, std::string_view last) {
    return "*3\r\n" + bulk(what) + bulk(channel) + std::string(last);
}

TEST_F(redis_subscription_test, tells_messages_and_when_some_may_have_been_missed) {
    std::atomic<int> times{0};
    fake_origin redis([&](fake_peer& peer) {
        serve_redis(peer, [&](const words& command) -> std::string {
            if (command[0] != "SUBSCRIBE") return echo(command);
            const int time = ++times;
            peer.send(push("subscribe", "a", ":1\r\n") + push("subscribe", "b", ":2\r\n"));
            peer.send(push("message", "a", bulk("one")) + push("message", "b", bulk(std::string(40'000, 'x'))));
            if (time == 1) return "";
            return push("message", "a", bulk("two"));
        });
    });
    connect(at(redis.port()));
    client_->subscribe({"a", "b"}, events());
    const std::string large = "b=" + std::string(40'000, 'x') + " ";
    wait_for("up a=one " + large + "down up a=one " + large + "a=two ");
}

TEST_F(redis_subscription_test, notices_a_peer_that_has_died_without_a_word) {
    fake_origin* self = nullptr;
    std::atomic<int> times{0};
    fake_origin redis([&](fake_peer& peer) {
        serve_redis(peer, [&](const words& command) {
            if (command[0] == "SUBSCRIBE" && times++ == 0) {
                peer.send(push("subscribe", "a", ":1\r\n"));
                self->hold();
            }
            return push("subscribe", "a", ":1\r\n");
        });
    });
    self = &redis;
    connect(at(redis.port()));
    client_->subscribe({"a"}, events());
    wait_for("up down up ");
}

TEST_F(redis_subscription_test, is_silent_once_it_was_stopped) {
    fake_origin redis(
        [&](fake_peer& peer) { serve_redis(peer, [&](const words&) { return push("subscribe", "a", ":1\r\n"); }); });
    connect(at(redis.port()));
    const auto subscription = client_->subscribe({"a"}, events());
    wait_for("up ");
    subscription->stop();
    EXPECT_TRUE(ask(redis_command("", {"GET", "k"})));
    EXPECT_EQ(log_of_events_, "up ");
}

}  // namespace
}  // namespace nearside::cache
