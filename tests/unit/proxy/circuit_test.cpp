#include "proxy/circuit.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using namespace std::chrono_literals;
using outcome = circuit::outcome;
using circuit_state = circuit::state;

class circuit_test : public ::testing::Test {
protected:
    void call(outcome what) {
        const auto given = circuit_.ask(now_);
        ASSERT_TRUE(given);
        circuit_.done(*given, what, now_);
    }
    void calls(int count, outcome what) {
        for (int each = 0; each < count; ++each)
            call(what);
    }

    steady_time now_{1'000'000s};
    circuit circuit_{{.failures = 4, .window = 10s, .open_for = 5s}};
};

TEST_F(circuit_test, it_opens_with_the_last_of_so_many_failures) {
    calls(3, outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
    call(outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::open);
    EXPECT_FALSE(circuit_.ask(now_));
    EXPECT_EQ(circuit_.reopens_in(now_), 5s);
}

TEST_F(circuit_test, failures_that_are_spread_over_more_than_the_window_do_not_open_it) {
    for (int each = 0; each < 50; ++each) {
        call(outcome::failed);
        now_ += 4s;
    }
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
}

TEST_F(circuit_test, as_long_as_most_calls_succeed_it_stays_closed) {
    for (int each = 0; each < 50; ++each) {
        calls(2, outcome::good);
        call(outcome::failed);
    }
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
    calls(50, outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::open);
}

TEST_F(circuit_test, calls_that_tell_nothing_count_neither_way) {
    calls(100, outcome::unknown);
    calls(3, outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
    call(outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::open);
}

TEST_F(circuit_test, after_a_while_one_call_at_a_time_tries) {
    calls(4, outcome::failed);
    now_ += 4999ms;
    EXPECT_FALSE(circuit_.ask(now_));
    now_ += 1ms;
    const auto probe = circuit_.ask(now_);
    ASSERT_TRUE(probe);
    EXPECT_EQ(circuit_.now_in(), circuit_state::half_open);
    EXPECT_FALSE(circuit_.ask(now_));
    circuit_.done(*probe, outcome::good, now_);
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
    EXPECT_EQ(circuit_.failures(now_), 0u);
}

TEST_F(circuit_test, a_probe_that_fails_opens_it_for_as_long_again) {
    calls(4, outcome::failed);
    now_ += 5s;
    call(outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::open);
    EXPECT_EQ(circuit_.reopens_in(now_), 5s);
}

TEST_F(circuit_test, a_probe_that_tells_nothing_leaves_its_place_to_the_next) {
    calls(4, outcome::failed);
    now_ += 5s;
    call(outcome::unknown);
    EXPECT_EQ(circuit_.now_in(), circuit_state::half_open);
    call(outcome::good);
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
}

TEST_F(circuit_test, a_call_from_before_it_opened_decides_nothing) {
    const auto slow = circuit_.ask(now_);
    calls(4, outcome::failed);
    now_ += 5s;
    const auto probe = circuit_.ask(now_);
    ASSERT_TRUE(slow && probe);
    circuit_.done(*slow, outcome::good, now_);
    EXPECT_EQ(circuit_.now_in(), circuit_state::half_open);
    circuit_.done(*probe, outcome::good, now_);
    calls(3, outcome::failed);
    circuit_.done(*slow, outcome::failed, now_);
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
}

TEST_F(circuit_test, with_no_failures_named_it_never_opens) {
    circuit_ = circuit({.failures = 0});
    calls(1000, outcome::failed);
    EXPECT_EQ(circuit_.now_in(), circuit_state::closed);
}

}  // namespace
}  // namespace nearside::proxy
