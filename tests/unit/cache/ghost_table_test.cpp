#include "cache/ghost_table.h"

#include "cache/key_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::cache {
namespace {

std::uint64_t hash_of(int number) {
    return key_hash(std::to_string(number), {1, 2});
}

TEST(ghost_table, remembers_until_it_is_asked) {
    ghost_table ghosts(64);
    ghosts.remember(hash_of(1));
    EXPECT_FALSE(ghosts.take(hash_of(2), 10));
    EXPECT_TRUE(ghosts.take(hash_of(1), 10));
    EXPECT_FALSE(ghosts.take(hash_of(1), 10));
}

TEST(ghost_table, what_lies_too_far_back_is_no_ghost) {
    ghost_table ghosts(1'024);
    for (int at = 0; at < 100; ++at)
        ghosts.remember(hash_of(at));
    EXPECT_FALSE(ghosts.take(hash_of(89), 10));
    EXPECT_TRUE(ghosts.take(hash_of(90), 10));
    EXPECT_TRUE(ghosts.take(hash_of(99), 10));
}

TEST(ghost_table, remembered_again_it_is_young_again) {
    ghost_table ghosts(1'024);
    for (int at = 0; at < 100; ++at)
        ghosts.remember(hash_of(at));
    ghosts.remember(hash_of(0));
    EXPECT_TRUE(ghosts.take(hash_of(0), 2));
    EXPECT_FALSE(ghosts.take(hash_of(0), 1'000));
}

TEST(ghost_table, keeps_nearly_all_that_it_was_made_for_and_forgets_the_old_for_the_new) {
    ghost_table ghosts(4'096);
    for (int at = 0; at < 100'000; ++at)
        ghosts.remember(hash_of(at));
    int kept = 0;
    for (int at = 98'000; at < 100'000; ++at)
        kept += ghosts.take(hash_of(at), 100'000) ? 1 : 0;
    EXPECT_GT(kept, 1'900);
}

}  // namespace
}  // namespace nearside::cache
