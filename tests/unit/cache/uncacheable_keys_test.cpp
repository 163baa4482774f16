#include "cache/uncacheable_keys.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using std::chrono::seconds;
const steady_time start{seconds{1'000}};

TEST(uncacheable_keys, remembers_for_a_while) {
    uncacheable_keys keys(seconds{10}, 100);
    EXPECT_FALSE(keys.contains("a", start));
    keys.remember("a", start);
    EXPECT_TRUE(keys.contains("a", start + milliseconds{9'999}));
    EXPECT_FALSE(keys.contains("a", start + seconds{10}));
    EXPECT_FALSE(keys.contains("b", start));
}

TEST(uncacheable_keys, being_told_again_makes_it_last_longer) {
    uncacheable_keys keys(seconds{10}, 100);
    keys.remember("a", start);
    keys.remember("a", start + seconds{8});
    keys.remember("b", start + seconds{11});
    EXPECT_TRUE(keys.contains("a", start + seconds{17}));
}

TEST(uncacheable_keys, forgets_the_oldest_when_it_is_full) {
    uncacheable_keys keys(seconds{10}, 2);
    keys.remember("a", start);
    keys.remember("b", start);
    keys.remember("c", start);
    EXPECT_FALSE(keys.contains("a", start));
    EXPECT_TRUE(keys.contains("b", start));
    EXPECT_TRUE(keys.contains("c", start));
}

}  // namespace
}  // namespace nearside::cache
