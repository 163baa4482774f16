#include "cache/shard_turns.h"

#include <gtest/gtest.h>

#include <array>

namespace nearside::cache {
namespace {

TEST(shard_turns, come_in_proportion_to_what_a_shard_holds) {
    shard_turns turns(4);
    const std::array<std::uint64_t, 4> entries{1, 0, 6, 3};
    std::array<int, 4> had{};
    for (int at = 0; at < 100; ++at)
        ++had[turns.next(entries).value()];
    EXPECT_EQ(had, (std::array<int, 4>{10, 0, 60, 30}));
}

TEST(shard_turns, no_shard_has_all_of_its_turns_in_a_row) {
    shard_turns turns(2);
    const std::array<std::uint64_t, 2> entries{1, 1};
    const std::size_t first = turns.next(entries).value();
    EXPECT_NE(turns.next(entries).value(), first);
    EXPECT_EQ(turns.next(entries).value(), first);
}

TEST(shard_turns, are_nobodys_where_nothing_is_held) {
    shard_turns turns(2);
    EXPECT_EQ(turns.next(std::array<std::uint64_t, 2>{0, 0}), std::nullopt);
    EXPECT_EQ(turns.next(std::array<std::uint64_t, 2>{0, 5}), 1u);
}

TEST(shard_turns, a_shard_that_was_empty_doesnt_make_up_for_it) {
    shard_turns turns(2);
    for (int at = 0; at < 50; ++at)
        EXPECT_EQ(turns.next(std::array<std::uint64_t, 2>{7, 0}), 0u);
    int second = 0;
    for (int at = 0; at < 8; ++at)
        if (turns.next(std::array<std::uint64_t, 2>{7, 1}) == 1u) ++second;
    EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace nearside::cache
