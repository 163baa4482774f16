#include "proxy/connection_limit.h"

#include <gtest/gtest.h>

#include <optional>

namespace nearside::proxy {
namespace {

TEST(connection_limit, gives_no_more_places_than_it_has) {
    const auto limit = std::make_shared<connection_limit>(2);
    const connection_limit::place one = limit->try_acquire();
    {
        const connection_limit::place two = limit->try_acquire();
        EXPECT_TRUE(one);
        EXPECT_TRUE(two);
        EXPECT_FALSE(limit->try_acquire());
        EXPECT_EQ(limit->open(), 2U);
    }
    EXPECT_EQ(limit->open(), 1U);
    EXPECT_TRUE(limit->try_acquire());
}

TEST(connection_limit, wakes_who_waits_when_a_place_is_given_back) {
    const auto limit = std::make_shared<connection_limit>(1);
    std::optional<connection_limit::place> place(limit->try_acquire());
    int woken = 0;
    limit->when_free([&] { ++woken; });
    EXPECT_EQ(woken, 0);
    place.reset();
    EXPECT_EQ(woken, 1);
}

TEST(connection_limit, who_comes_to_wait_when_a_place_is_free_is_woken_at_once) {
    const auto limit = std::make_shared<connection_limit>(1);
    int woken = 0;
    limit->when_free([&] { ++woken; });
    EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace nearside::proxy
