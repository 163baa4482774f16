#include "proxy/look_budget.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::proxy {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;
const steady_time start{std::chrono::hours{1}};

TEST(look_budget, looks_at_each_answer_once) {
    look_budget budget;
    EXPECT_TRUE(budget.take("\"a\"", 100, start));
    EXPECT_FALSE(budget.take("\"a\"", 100, start));
    EXPECT_TRUE(budget.take("\"b\"", 100, start));
}

TEST(look_budget, an_answer_larger_than_the_budget_is_looked_at_once_a_minute) {
    look_budget budget;
    EXPECT_TRUE(budget.take("\"a\"", 50 * mebibyte, start));
    EXPECT_FALSE(budget.take("\"b\"", 50 * mebibyte, start + std::chrono::seconds{59}));
    EXPECT_TRUE(budget.take("\"b\"", 50 * mebibyte, start + std::chrono::seconds{60}));
}

TEST(look_budget, small_answers_share_the_minute) {
    look_budget budget;
    int looks = 0;
    for (int at = 0; at < 100; ++at)
        looks += budget.take(std::to_string(at), mebibyte, start) ? 1 : 0;
    EXPECT_EQ(looks, 4);
    EXPECT_FALSE(budget.take("next", mebibyte, start + std::chrono::seconds{14}));
    EXPECT_TRUE(budget.take("next", mebibyte, start + std::chrono::seconds{16}));
}

TEST(look_budget, what_is_earned_in_small_steps_is_not_lost) {
    look_budget budget;
    ASSERT_TRUE(budget.take("all", look_budget::bytes_a_minute, start));
    for (int at = 1; at < 60'000; ++at)
        ASSERT_FALSE(budget.take("again", look_budget::bytes_a_minute, start + milliseconds{at})) << at;
    EXPECT_TRUE(budget.take("again", look_budget::bytes_a_minute, start + std::chrono::seconds{61}));
}

TEST(look_budget, even_the_smallest_look_costs) {
    look_budget budget;
    std::size_t looks = 0;
    for (std::size_t at = 0; at < 10'000; ++at)
        looks += budget.take(std::to_string(at), 1, start) ? 1U : 0U;
    EXPECT_EQ(looks, static_cast<std::size_t>(look_budget::bytes_a_minute / look_budget::least));
}

}  // namespace
}  // namespace nearside::proxy
