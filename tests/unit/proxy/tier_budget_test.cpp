#include "proxy/tier_budget.h"

#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <optional>

namespace nearside::proxy {
namespace {

constexpr milliseconds all{40};

class tier_budget_test : public ::testing::Test {
protected:
    testing::manual_clock time_;
    tier_budget_ptr budget_ = std::make_shared<tier_budget>(all);

    void wait_for(milliseconds duration) {
        const tier_wait waits(budget_, time_);
        time_.advance(duration);
    }
};

TEST_F(tier_budget_test, one_wait_after_the_other_takes_from_it_until_nothing_is_left) {
    wait_for(milliseconds{15});
    time_.advance(milliseconds{500});  // at the upstream
    {
        const tier_wait waits(budget_, time_);
        EXPECT_TRUE(waits.may_begin());
        EXPECT_EQ(waits.patience(), milliseconds{25});
        EXPECT_EQ(waits.until(), time_.steady_now() + milliseconds{25});
        time_.advance(milliseconds{25});
    }
    EXPECT_FALSE(tier_wait(budget_, time_).may_begin());
}

TEST_F(tier_budget_test, waits_that_overlap_count_once) {
    {
        const tier_wait first(budget_, time_);
        time_.advance(milliseconds{10});
        const tier_wait second(budget_, time_);
        EXPECT_EQ(second.patience(), milliseconds{30});
        time_.advance(milliseconds{10});
    }
    EXPECT_EQ(tier_wait(budget_, time_).patience(), milliseconds{20});
}

TEST_F(tier_budget_test, the_later_of_two_that_overlap_ends_the_count) {
    std::optional<tier_wait> first(std::in_place, budget_, time_);
    time_.advance(milliseconds{5});
    std::optional<tier_wait> second(std::in_place, budget_, time_);
    time_.advance(milliseconds{5});
    first.reset();
    time_.advance(milliseconds{5});
    second.reset();
    time_.advance(milliseconds{5});
    EXPECT_EQ(tier_wait(budget_, time_).patience(), milliseconds{25});
}

TEST_F(tier_budget_test, what_was_for_something_else_takes_nothing) {
    {
        tier_wait waits(budget_, time_);
        time_.advance(milliseconds{260});
        waits.forgive();
    }
    EXPECT_EQ(tier_wait(budget_, time_).patience(), all);
}

TEST_F(tier_budget_test, a_wait_that_ended_late_leaves_nothing) {
    wait_for(milliseconds{41});
    EXPECT_FALSE(tier_wait(budget_, time_).may_begin());
}

}  // namespace
}  // namespace nearside::proxy
