#include "proxy/refresh_schedule.h"

#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using list = std::vector<std::string>;
constexpr milliseconds ten_minutes{600'000};

struct bench {
    nearside::testing::manual_clock clock;
    double luck = 0;
    refresh_schedule schedule{4, 2, [this] { return luck; }};

    steady_time now() const { return clock.steady_now(); }
    void publish(std::string_view key, milliseconds fresh) {
        schedule.used(key, now(), ten_minutes);
        schedule.published(key, now(), fresh);
    }
    list renewed_after(milliseconds time) {
        clock.advance(time);
        return schedule.take_due(now()).renew;
    }
};

TEST(refresh_schedule, a_hot_view_is_renewed_between_80_and_90_percent_of_its_freshness) {
    for (const double luck : {0.0, 0.5, 1.0}) {
        bench at;
        at.luck = luck;
        at.publish("v", milliseconds(10'000));
        EXPECT_EQ(at.renewed_after(milliseconds(7'999)), list{}) << luck;
        EXPECT_EQ(at.renewed_after(milliseconds(static_cast<int>(luck * 1'000))), list{}) << luck;
        EXPECT_EQ(at.renewed_after(milliseconds(2)), list{"v"}) << luck;
    }
}

TEST(refresh_schedule, it_goes_on_as_long_as_somebody_uses_it) {
    bench at;
    at.publish("v", milliseconds(10'000));
    int renewals = 0;
    for (int second = 0; second < 2'000; ++second) {
        if (second <= 100) at.schedule.used("v", at.now(), ten_minutes);
        if (at.renewed_after(milliseconds(1'000)).empty()) continue;
        ++renewals;
        at.schedule.published("v", at.now(), milliseconds(10'000));
        at.schedule.ended("v");
    }
    EXPECT_NEAR(renewals, 87, 2) << "700 s, one every 8";
    EXPECT_EQ(at.schedule.watched(), 0u);
    EXPECT_EQ(at.schedule.next(), steady_time::max());
}

TEST(refresh_schedule, what_was_never_published_or_is_never_fresh_is_not_renewed) {
    bench at;
    at.schedule.used("v", at.now(), ten_minutes);
    at.schedule.published("v", at.now(), milliseconds(0));
    at.schedule.published("unknown", at.now(), milliseconds(10'000));
    const auto due = (at.clock.advance(ten_minutes), at.schedule.take_due(at.now()));
    EXPECT_EQ(due.renew, list{});
    EXPECT_EQ(due.cooled, list{"v"});
}

TEST(refresh_schedule, renewals_under_way_are_bounded_and_the_others_follow) {
    bench at;
    for (const char* key : {"a", "b", "c"})
        at.publish(key, milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)).size(), 2u);
    EXPECT_EQ(at.schedule.next(), steady_time::max());
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{});
    at.schedule.ended("a");
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"c"});
}

TEST(refresh_schedule, only_so_many_are_watched) {
    bench at;
    for (const char* key : {"a", "b", "c", "d"})
        EXPECT_TRUE(at.schedule.used(key, at.now(), ten_minutes));
    EXPECT_FALSE(at.schedule.used("e", at.now(), ten_minutes));
    EXPECT_TRUE(at.schedule.used("a", at.now(), ten_minutes));
}

TEST(refresh_schedule, a_renewal_that_failed_is_not_repeated_until_a_copy_is_published) {
    bench at;
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
    at.schedule.ended("v");
    at.schedule.used("v", at.now(), ten_minutes);
    EXPECT_EQ(at.renewed_after(milliseconds(60'000)), list{});
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
}

}  // namespace
}  // namespace nearside::proxy
