#include "aggregators/speculation_health.h"

#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

TEST(speculation_health, a_view_whose_recipe_holds_is_never_switched_off) {
    nearside::testing::manual_clock clock;
    speculation_health health;
    for (int run = 0; run < 100; ++run) {
        health.ran(3, run % 10 == 0 ? 3 : 0, clock.steady_now());
        EXPECT_TRUE(health.allows(clock.steady_now()));
    }
}

TEST(speculation_health, one_bad_run_of_a_few_calls_says_nothing) {
    nearside::testing::manual_clock clock;
    speculation_health health;
    health.ran(0, 3, clock.steady_now());
    EXPECT_TRUE(health.allows(clock.steady_now()));
}

TEST(speculation_health, a_view_whose_recipe_keeps_missing_pauses_longer_and_longer_between_tries) {
    nearside::testing::manual_clock clock;
    speculation_health health;
    milliseconds last{0};
    for (int round = 0; round < 5; ++round) {
        int runs = 0;
        for (; health.allows(clock.steady_now()); ++runs)
            health.ran(0, 3, clock.steady_now());
        EXPECT_GT(runs, 1);
        milliseconds paused{0};
        for (; !health.allows(clock.steady_now()); paused += milliseconds(1'000))
            clock.advance(milliseconds(1'000));
        EXPECT_GT(paused, last);
        last = paused;
    }
    EXPECT_LE(last, milliseconds(30 * 60'000));
}

TEST(speculation_health, a_view_that_has_settled_is_trusted_again) {
    nearside::testing::manual_clock clock;
    speculation_health health;
    health.ran(0, 100, clock.steady_now());
    EXPECT_FALSE(health.allows(clock.steady_now()));
    clock.advance(milliseconds(30'000));
    EXPECT_TRUE(health.allows(clock.steady_now()));
    for (int run = 0; run < 20; ++run)
        health.ran(3, 0, clock.steady_now());
    health.ran(0, 3, clock.steady_now());
    EXPECT_TRUE(health.allows(clock.steady_now()));
}

}  // namespace
}  // namespace nearside::aggregators
