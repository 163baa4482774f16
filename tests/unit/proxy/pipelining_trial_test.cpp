#include "proxy/pipelining_trial.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using namespace std::chrono_literals;
using state = pipelining_trial::state;

class pipelining_trial_test : public ::testing::Test {
protected:
    bool is_tried() { return trial_.ask(now_).is_trial; }
    void become_good() {
        trial_.kept_a_connection();
        ASSERT_TRUE(is_tried());
        trial_.answered();
        ASSERT_EQ(trial_.now_in(), state::good);
    }

    steady_time now_{1h};
    pipelining_trial trial_;
};

TEST_F(pipelining_trial_test, nothing_goes_behind_before_a_connection_was_kept) {
    EXPECT_FALSE(trial_.ask(now_).given);
    trial_.kept_a_connection();
    EXPECT_TRUE(trial_.ask(now_).given);
}

TEST_F(pipelining_trial_test, one_call_is_tried_and_then_all_go) {
    trial_.kept_a_connection();
    EXPECT_TRUE(is_tried());
    EXPECT_FALSE(trial_.ask(now_).given);
    trial_.answered();
    for (int each = 0; each < 3; ++each) {
        const auto leave = trial_.ask(now_);
        EXPECT_TRUE(leave.given);
        EXPECT_FALSE(leave.is_trial);
    }
}

TEST_F(pipelining_trial_test, one_that_was_given_up_tells_nothing) {
    trial_.kept_a_connection();
    EXPECT_TRUE(is_tried());
    trial_.given_up();
    EXPECT_TRUE(is_tried());
}

TEST_F(pipelining_trial_test, after_calls_that_went_unanswered_it_waits_twice_as_long_each_time) {
    become_good();
    EXPECT_EQ(trial_.unanswered(now_), 1s);
    EXPECT_EQ(trial_.unanswered(now_), 0s) << "of the same time";
    EXPECT_FALSE(trial_.ask(now_ + 999ms).given);
    now_ += 1s;
    EXPECT_TRUE(is_tried());
    EXPECT_EQ(trial_.unanswered(now_), 2s);
    milliseconds longest = 0ms;
    for (int each = 0; each < 20; ++each) {
        now_ += pipelining_trial::longest_pause;
        EXPECT_TRUE(is_tried());
        longest = trial_.unanswered(now_);
    }
    EXPECT_EQ(longest, 10min);
    now_ += longest;
    EXPECT_TRUE(is_tried());
    trial_.answered();
    EXPECT_EQ(trial_.unanswered(now_), 1s);
}

TEST_F(pipelining_trial_test, answers_that_cannot_be_right_end_it_for_good) {
    become_good();
    EXPECT_TRUE(trial_.disordered());
    EXPECT_FALSE(trial_.disordered());
    trial_.kept_a_connection();
    trial_.answered();
    trial_.given_up();
    EXPECT_EQ(trial_.unanswered(now_), 0s);
    EXPECT_FALSE(trial_.ask(now_ + 24h).given);
    EXPECT_EQ(trial_.now_in(), state::bad);
}

}  // namespace
}  // namespace nearside::proxy
