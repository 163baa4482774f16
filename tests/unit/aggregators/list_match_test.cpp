#include "aggregators/list_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>

namespace nearside::aggregators {
namespace {

using kind = list_step::kind;
using numbers = std::vector<std::uint32_t>;

constexpr std::uint32_t fresh = no_partner;

// What the steps make of the list 0, 1, .. : older numbers, and 1000 + n for the newer list's new item n.
numbers carried_out(const std::vector<list_step>& steps, std::uint32_t count) {
    numbers list;
    for (std::uint32_t item = 0; item < count; ++item)
        list.push_back(item);
    for (const list_step& step : steps) {
        std::uint32_t item = 1000 + step.item;
        if (step.what != kind::add) {
            item = list.at(step.from);
            list.erase(list.begin() + step.from);
        }
        if (step.what != kind::remove) {
            EXPECT_LE(step.to, list.size());
            list.insert(list.begin() + step.to, item);
        }
    }
    return list;
}

numbers wanted(numbers partner) {
    for (std::uint32_t item = 0; item < partner.size(); ++item)
        partner[item] = partner[item] == fresh ? 1000 + item : partner[item];
    return partner;
}

TEST(list_match, finds_the_items_with_one_hash_and_says_where_hashes_are_there_twice) {
    const list_match apart = match_items({7, 8, 9}, {9, 5, 7});
    EXPECT_EQ(apart.partner, (numbers{2, fresh, 0}));
    EXPECT_TRUE(apart.unique);
    const list_match twice = match_items({7, 7, 9}, {9, 7, 6});
    EXPECT_EQ(twice.partner, (numbers{2, fresh, fresh}));
    EXPECT_FALSE(twice.unique);
    EXPECT_FALSE(match_items({1}, {2, 2}).unique);
}

TEST(list_match, keeps_the_longest_run_in_order) {
    numbers partner{4, 0, 1, fresh, 2, 5, 3};
    keep_order(partner);
    EXPECT_EQ(std::count(partner.begin(), partner.end(), fresh), 3);
    EXPECT_EQ(partner[0], fresh);
    partner.erase(std::remove(partner.begin(), partner.end(), fresh), partner.end());
    EXPECT_TRUE(std::ranges::is_sorted(partner));
}

TEST(list_match, moves_the_one_item_that_moved) {
    EXPECT_EQ(steps_between(4, {1, 2, 3, 0}), (std::vector<list_step>{{kind::move, 0, 3, 0}}));
    EXPECT_EQ(steps_between(4, {3, 0, 1, 2}), (std::vector<list_step>{{kind::move, 3, 0, 0}}));
    EXPECT_TRUE(steps_between(3, {0, 1, 2}).empty());
}

TEST(list_match, removes_from_the_back_and_adds_in_order) {
    EXPECT_EQ(steps_between(4, {fresh, 1, 3, fresh}),
              (std::vector<list_step>{
                  {kind::remove, 2, 0, 0}, {kind::remove, 0, 0, 0}, {kind::add, 0, 0, 0}, {kind::add, 0, 3, 3}}));
}

TEST(list_match, steps_give_the_newer_list_whatever_it_is) {
    std::mt19937 random(6);
    const auto below = [&](std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); };
    for (int round = 0; round < 20'000; ++round) {
        const std::uint32_t count = below(12);
        numbers partner;
        for (std::uint32_t item = 0; item < count; ++item)
            if (below(4) != 0) partner.push_back(item);
        if (round % 2 == 0) {
            std::shuffle(partner.begin(), partner.end(), random);
        } else if (partner.size() > 1) {
            std::swap(partner[below(static_cast<std::uint32_t>(partner.size()))], partner.front());
        }
        for (std::uint32_t added = below(4); added > 0; --added)
            partner.insert(partner.begin() + below(static_cast<std::uint32_t>(partner.size()) + 1), fresh);

        numbers kept = partner;
        keep_order(kept);
        const auto stays = kept.size() - static_cast<std::size_t>(std::count(kept.begin(), kept.end(), fresh));
        const auto news = static_cast<std::size_t>(std::count(partner.begin(), partner.end(), fresh));
        const std::vector<list_step> steps = steps_between(count, partner);
        EXPECT_LE(steps.size(), count - (partner.size() - news) + (partner.size() - stays));
        ASSERT_EQ(carried_out(steps, count), wanted(partner)) << "round " << round;
    }
}

TEST(list_match, a_long_list_turned_round_takes_one_move_an_item) {
    numbers partner(100'000);
    for (std::uint32_t item = 0; item < partner.size(); ++item)
        partner[item] = static_cast<std::uint32_t>(partner.size()) - 1 - item;
    EXPECT_EQ(steps_between(100'000, partner).size(), 99'999u);
}

}  // namespace
}  // namespace nearside::aggregators
