#include "cache/redis_pipeline.h"

#include "cache/redis_backoff.h"
#include "cache/redis_health.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::cache {
namespace {

using namespace std::chrono_literals;

class redis_pipeline_test : public ::testing::Test {
protected:
    steady_time now() const { return clock_.steady_now(); }
    void pass(milliseconds by) { clock_.advance(by); }

    redis_done note(const std::string& name) {
        return [this, name](result<redis_reply> got) {
            told_ += name + (got ? "=" + std::string(got->text()) : "!") + " ";
        };
    }
    bool push(const std::string& name, milliseconds timeout = 40ms, bool asking = false) {
        return pipeline_.push(std::make_shared<const redis_command>(redis_command("", {name})), asking, now() + timeout,
                              note(name));
    }
    std::string take(std::size_t most = 1'000'000) {
        std::string bytes;
        for (const slice& each : pipeline_.take(most, now()))
            bytes.append(each.bytes);
        return bytes;
    }
    // False: Redis wasn't asked.
    bool answer(std::string_view text) {
        auto found = pipeline_.answered(now());
        redis_reply reply{.type = redis_reply::kind::status, .bytes = buffer::copy_of(text)};
        if (found.done) found.done(std::move(reply));
        return found.expected;
    }
    std::size_t expire() {
        auto over = pipeline_.expire(now());
        for (const redis_done& each : over.done)
            each(error{errc::redis_timeout, ""});
        return over.sent;
    }
    void fail(std::vector<redis_done> dropped) {
        for (const redis_done& each : dropped)
            each(error{errc::redis_unavailable, ""});
    }
    std::string told() { return std::exchange(told_, {}); }

    testing::manual_clock clock_;
    redis_pipeline pipeline_{5};
    std::string told_;
};

TEST_F(redis_pipeline_test, hands_answers_out_in_the_order_of_the_commands) {
    push("A");
    push("B");
    EXPECT_EQ(take(), "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
    EXPECT_EQ(take(), "");
    EXPECT_TRUE(answer("1"));
    EXPECT_TRUE(answer("2"));
    EXPECT_EQ(told(), "A=1 B=2 ");
    EXPECT_FALSE(answer("3"));
}

TEST_F(redis_pipeline_test, fails_an_expired_command_at_once_and_drops_its_late_answer_in_its_turn) {
    push("A", 40ms);
    push("B", 500ms);
    take();
    EXPECT_EQ(pipeline_.next_deadline(), now() + 40ms);
    pass(40ms);
    EXPECT_EQ(expire(), 1U);
    EXPECT_EQ(told(), "A! ");
    EXPECT_EQ(pipeline_.next_deadline(), now() + 460ms);
    EXPECT_TRUE(answer("late"));
    EXPECT_TRUE(answer("2"));
    EXPECT_EQ(told(), "B=2 ");
}

TEST_F(redis_pipeline_test, never_sends_what_expired_before_it_was_written) {
    push("A", 40ms);
    push("B", 10ms);
    push("C", 40ms);
    pass(10ms);
    EXPECT_EQ(expire(), 0U);
    EXPECT_EQ(told(), "B! ");
    EXPECT_EQ(take(), "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nC\r\n");
    answer("1");
    answer("3");
    EXPECT_EQ(told(), "A=1 C=3 ");
    EXPECT_FALSE(pipeline_.next_deadline());
}

TEST_F(redis_pipeline_test, refuses_more_than_its_bound_until_answers_come) {
    for (int each = 0; each < 5; ++each)
        EXPECT_TRUE(push("A"));
    EXPECT_FALSE(push("B"));
    take();
    EXPECT_FALSE(push("B"));
    answer("");
    EXPECT_TRUE(push("B"));
}

TEST_F(redis_pipeline_test, counts_what_was_given_up_until_its_answer_came) {
    for (int each = 0; each < 5; ++each)
        push("A");
    take();
    pass(40ms);
    EXPECT_EQ(expire(), 5U);
    EXPECT_FALSE(push("B"));
    answer("");
    EXPECT_TRUE(push("B"));
}

TEST_F(redis_pipeline_test, bounds_the_bytes_that_wait) {
    redis_pipeline pipeline(100);
    const body large(std::string(std::size_t{100} * 1024 * 1024, 'x'));
    const auto command = std::make_shared<const redis_command>(redis_command("", {"SET", "k"}).add(large));
    EXPECT_TRUE(pipeline.push(command, false, now() + 1s, note("A")));
    EXPECT_TRUE(pipeline.push(command, false, now() + 2s, note("B")));
    EXPECT_FALSE(pipeline.push(command, false, now() + 2s, note("C")));
    pass(1s);
    EXPECT_EQ(pipeline.expire(now()).done.size(), 1U);
    EXPECT_TRUE(pipeline.push(command, false, now() + 2s, note("C")));
}

TEST_F(redis_pipeline_test, writes_in_pieces_and_counts_as_sent_what_was_taken) {
    push("A");
    push("B");
    EXPECT_EQ(take(1), "*1\r\n$1\r\nA\r\n");
    EXPECT_TRUE(pipeline_.has_waiting());
    fail(pipeline_.drop_sent());
    EXPECT_EQ(told(), "A! ");
    EXPECT_EQ(take(1), "*1\r\n$1\r\nB\r\n");
    EXPECT_TRUE(answer("2"));
    EXPECT_EQ(told(), "B=2 ");
}

TEST_F(redis_pipeline_test, asks_right_before_a_command_and_drops_that_answer) {
    push("A", 40ms, true);
    push("B");
    EXPECT_EQ(take(1), "*1\r\n$6\r\nASKING\r\n*1\r\n$1\r\nA\r\n");
    take();
    EXPECT_TRUE(answer("OK"));
    EXPECT_TRUE(answer("1"));
    EXPECT_TRUE(answer("2"));
    EXPECT_EQ(told(), "A=1 B=2 ");
    EXPECT_FALSE(answer("more"));
}

TEST_F(redis_pipeline_test, forgets_a_half_answered_asking_with_the_connection) {
    push("A", 40ms, true);
    take();
    answer("OK");
    fail(pipeline_.drop_sent());
    push("B", 40ms, true);
    take();
    EXPECT_TRUE(answer("OK"));
    EXPECT_TRUE(answer("2"));
    EXPECT_EQ(told(), "A! B=2 ");
}

TEST_F(redis_pipeline_test, is_silent_when_no_byte_came_while_an_answer_is_owed) {
    pass(1h);
    EXPECT_FALSE(pipeline_.silent(now()));
    push("A", 40ms);
    take();
    pass(40ms);
    expire();
    pass(2'000ms);
    pipeline_.heard(now());
    EXPECT_EQ(pipeline_.next_deadline(), now() + redis_pipeline::longest_silence);
    pass(2'999ms);
    EXPECT_FALSE(pipeline_.silent(now()));
    pass(1ms);
    EXPECT_TRUE(pipeline_.silent(now()));
}

TEST_F(redis_pipeline_test, drops_everything_once) {
    push("A");
    take();
    push("B");
    fail(pipeline_.drop_all());
    EXPECT_EQ(told(), "A! B! ");
    EXPECT_EQ(pipeline_.size(), 0U);
    pass(1s);
    EXPECT_EQ(expire(), 0U);
    EXPECT_EQ(told(), "");
}

TEST(redis_backoff, waits_longer_after_each_failure_and_little_after_a_connection_that_lasted) {
    testing::manual_clock clock;
    redis_backoff backoff;
    std::vector<milliseconds::rep> waits;
    for (int each = 0; each < 9; ++each)
        waits.push_back(backoff.failed(clock.steady_now(), 0.999).count());
    EXPECT_EQ(waits, (std::vector<milliseconds::rep>{19, 39, 79, 159, 319, 639, 999, 999, 999}));
    EXPECT_TRUE(backoff.failing());
    EXPECT_EQ(backoff.failed(clock.steady_now(), 0.0), 500ms);
    backoff.connected(clock.steady_now());
    clock.advance(redis_backoff::lasting);
    EXPECT_EQ(backoff.failed(clock.steady_now(), 0.5), 15ms);
    EXPECT_FALSE(backoff.failing());
}

TEST(redis_backoff, takes_a_connection_that_ended_soon_for_a_failure) {
    testing::manual_clock clock;
    redis_backoff backoff;
    milliseconds wait{0};
    for (int each = 0; each < 5; ++each) {
        backoff.connected(clock.steady_now());
        clock.advance(10ms);
        wait = backoff.failed(clock.steady_now(), 0.0);
    }
    EXPECT_EQ(wait, 160ms);
    EXPECT_TRUE(backoff.failing());
}

TEST(redis_health, is_bad_after_timeouts_in_a_row_until_a_probe_is_answered_in_time) {
    testing::manual_clock clock;
    redis_health health(40ms);
    health.connected(clock.steady_now());
    health.timed_out(clock.steady_now());
    health.timed_out(clock.steady_now());
    health.answered(clock.steady_now());
    health.timed_out(clock.steady_now());
    health.timed_out(clock.steady_now());
    EXPECT_TRUE(health.good());
    health.timed_out(clock.steady_now());
    EXPECT_FALSE(health.good());
    health.answered(clock.steady_now());
    EXPECT_FALSE(health.good());

    EXPECT_EQ(health.next_probe(), clock.steady_now());
    health.probe_sent(clock.steady_now());
    EXPECT_FALSE(health.next_probe());
    clock.advance(41ms);
    health.probe_done(clock.steady_now(), true);
    EXPECT_FALSE(health.good());
    EXPECT_EQ(health.next_probe(), clock.steady_now() + redis_health::probe_pause);
    health.probe_sent(clock.steady_now());
    clock.advance(40ms);
    health.probe_done(clock.steady_now(), true);
    EXPECT_TRUE(health.good());
}

TEST(redis_health, probes_a_quiet_connection) {
    testing::manual_clock clock;
    redis_health health(40ms);
    health.connected(clock.steady_now());
    EXPECT_EQ(health.next_probe(), clock.steady_now() + redis_health::quiet_pause);
    clock.advance(1s);
    health.answered(clock.steady_now());
    EXPECT_EQ(health.next_probe(), clock.steady_now() + redis_health::quiet_pause);
    for (int each = 0; each < redis_health::most_timeouts; ++each) {
        EXPECT_TRUE(health.good());
        health.probe_sent(clock.steady_now());
        health.probe_done(clock.steady_now(), false);
    }
    EXPECT_FALSE(health.good());
}

}  // namespace
}  // namespace nearside::cache
