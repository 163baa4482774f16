#include "cache/memory_governor.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

constexpr std::uint64_t mb = 1'000'000;
constexpr std::uint64_t limit = 500 * mb;

TEST(memory_governor, allows_everything_while_the_process_is_small) {
    memory_governor governor(limit);
    EXPECT_EQ(governor.allowed(), limit);
    EXPECT_FALSE(governor.sample(100 * mb, 80 * mb, mb));
    EXPECT_EQ(governor.allowed(), limit);
}

TEST(memory_governor, at_the_limit_what_is_held_is_all_there_may_be) {
    memory_governor governor(limit);
    governor.sample(495 * mb, 470 * mb, mb);
    EXPECT_EQ(governor.allowed(), 470 * mb);
}

TEST(memory_governor, growth_tightens_the_bound_and_height_does_not) {
    memory_governor governor(limit);
    governor.sample(495 * mb, 470 * mb, mb);
    governor.sample(496 * mb, 470 * mb, mb);
    EXPECT_EQ(governor.allowed(), 468 * mb);
    for (int step = 0; step < 100; ++step)
        governor.sample(496 * mb, 468 * mb, mb);
    EXPECT_EQ(governor.allowed(), 468 * mb);
    // Beyond the limit it counts for more.
    governor.sample(501 * mb, 468 * mb, 10 * mb);
    EXPECT_EQ(governor.allowed(), 448 * mb);
}

TEST(memory_governor, growth_of_others_is_not_made_up_for_at_once_and_never_altogether) {
    memory_governor governor(limit);
    governor.sample(495 * mb, 470 * mb, mb);
    governor.sample(900 * mb, 470 * mb, mb);
    EXPECT_EQ(governor.allowed(), 466 * mb);
    for (std::uint64_t step = 0; step < 1'000; ++step)
        governor.sample((901 + step) * mb, governor.allowed(), mb);
    EXPECT_EQ(governor.allowed(), limit / 4);
}

TEST(memory_governor, has_memory_returned_where_much_of_it_is_not_the_stores_but_seldom) {
    memory_governor governor(limit);
    int returned = 0;
    for (int step = 0; step < 1'000; ++step)
        returned += governor.sample(499 * mb, 400 * mb, mb) ? 1 : 0;
    EXPECT_EQ(returned, 4);
    for (int step = 0; step < 1'000; ++step)
        EXPECT_FALSE(governor.sample(499 * mb, 480 * mb, mb));
}

TEST(memory_governor, once_memory_was_returned_more_is_allowed_step_by_step) {
    memory_governor governor(limit);
    governor.sample(495 * mb, 300 * mb, mb);
    EXPECT_EQ(governor.allowed(), 300 * mb);
    governor.sample(390 * mb, 300 * mb, mb);
    EXPECT_EQ(governor.allowed(), 350 * mb);
    governor.sample(200 * mb, 190 * mb, mb);
    governor.sample(100 * mb, 90 * mb, mb);
    EXPECT_EQ(governor.allowed(), 350 * mb);
    governor.sample(400 * mb, 350 * mb, mb);
    EXPECT_EQ(governor.allowed(), 395 * mb);
}

}  // namespace
}  // namespace nearside::cache
