#include "proxy/refresh_schedule.h"

#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using list = std::vector<std::string>;
constexpr milliseconds ten_minutes{600'000};

struct schedule_bench {
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
        schedule_bench at;
        at.luck = luck;
        at.publish("v", milliseconds(10'000));
        EXPECT_EQ(at.renewed_after(milliseconds(7'999)), list{}) << luck;
        EXPECT_EQ(at.renewed_after(milliseconds(static_cast<int>(luck * 1'000))), list{}) << luck;
        EXPECT_EQ(at.renewed_after(milliseconds(2)), list{"v"}) << luck;
    }
}

TEST(refresh_schedule, it_goes_on_as_long_as_somebody_uses_it) {
    schedule_bench at;
    at.publish("v", milliseconds(10'000));
    int renewals = 0;
    for (int second = 0; second < 2'000; ++second) {
        if (second <= 100) at.schedule.used("v", at.now(), ten_minutes);
        if (at.renewed_after(milliseconds(1'000)).empty()) continue;
        ++renewals;
        at.schedule.published("v", at.now(), milliseconds(10'000));
        at.schedule.ended("v", at.now());
    }
    EXPECT_NEAR(renewals, 87, 2) << "700 s, one every 8";
    EXPECT_EQ(at.schedule.watched(), 0u);
    EXPECT_EQ(at.schedule.next(), steady_time::max());
}

TEST(refresh_schedule, what_was_never_published_or_is_never_fresh_is_not_renewed) {
    schedule_bench at;
    at.schedule.used("v", at.now(), ten_minutes);
    at.schedule.published("v", at.now(), milliseconds(0));
    at.schedule.published("unknown", at.now(), milliseconds(10'000));
    const auto due = (at.clock.advance(ten_minutes), at.schedule.take_due(at.now()));
    EXPECT_EQ(due.renew, list{});
    EXPECT_EQ(due.cooled, list{"v"});
}

TEST(refresh_schedule, renewals_under_way_are_bounded_and_the_others_follow) {
    schedule_bench at;
    for (const char* key : {"a", "b", "c"})
        at.publish(key, milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)).size(), 2u);
    EXPECT_EQ(at.schedule.next(), steady_time::max());
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{});
    at.schedule.ended("a", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"c"});
}

TEST(refresh_schedule, only_so_many_are_watched) {
    schedule_bench at;
    for (const char* key : {"a", "b", "c", "d"})
        EXPECT_TRUE(at.schedule.used(key, at.now(), ten_minutes));
    EXPECT_FALSE(at.schedule.used("e", at.now(), ten_minutes));
    EXPECT_TRUE(at.schedule.used("a", at.now(), ten_minutes));
}

TEST(refresh_schedule, a_renewal_that_failed_is_not_repeated_until_a_copy_is_published) {
    schedule_bench at;
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
    at.schedule.ended("v", at.now());
    at.schedule.used("v", at.now(), ten_minutes);
    EXPECT_EQ(at.renewed_after(milliseconds(60'000)), list{});
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
}

// What is only watched until it has cooled down is looked at when it would have, and was used meanwhile.
void expect_that_it_only_cools_down(schedule_bench& at) {
    at.clock.advance(milliseconds(400'000));
    at.schedule.used("v", at.now(), ten_minutes);
    for (int look = 0; look < 2; ++look) {
        at.clock.advance(milliseconds(look == 0 ? 200'000 : 399'999));
        const auto due = at.schedule.take_due(at.now());
        EXPECT_EQ(due.renew, list{}) << look;
        EXPECT_EQ(due.cooled, list{}) << look;
        EXPECT_GT(at.schedule.next(), at.now()) << look;
    }
    at.clock.advance(milliseconds(1));
    EXPECT_EQ(at.schedule.take_due(at.now()).cooled, list{"v"});
}

TEST(refresh_schedule, a_failed_renewal_is_not_repeated_although_the_view_is_used_on_and_on) {
    schedule_bench at;
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
    at.schedule.used("v", at.now(), ten_minutes);
    at.schedule.ended("v", at.now());
    expect_that_it_only_cools_down(at);
}

TEST(refresh_schedule, what_is_never_fresh_is_not_renewed_although_it_is_used_on_and_on) {
    schedule_bench at;
    at.publish("v", milliseconds(0));
    expect_that_it_only_cools_down(at);
}

TEST(refresh_schedule, what_is_fresh_no_longer_is_not_renewed_when_its_last_copy_would_have_been) {
    schedule_bench at;
    at.publish("v", milliseconds(10'000));
    at.publish("v", milliseconds(0));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{});
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
}

TEST(refresh_schedule, what_failed_and_is_then_kept_is_made_now) {
    schedule_bench at;
    at.publish("v", milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(9'000)), list{"v"});
    at.schedule.ended("v", at.now());
    EXPECT_TRUE(at.schedule.keep("v", at.now()));
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"v"});
}

TEST(refresh_schedule, what_is_kept_is_made_now_and_renewed_although_nobody_uses_it) {
    schedule_bench at;
    EXPECT_TRUE(at.schedule.keep("w", at.now()));
    for (int round = 0; round < 5; ++round) {
        EXPECT_EQ(at.renewed_after(milliseconds(round == 0 ? 0 : 8'000)), list{"w"}) << round;
        at.schedule.published("w", at.now(), milliseconds(10'000));
        at.schedule.ended("w", at.now());
        EXPECT_EQ(at.renewed_after(milliseconds(0)), list{});
    }
}

TEST(refresh_schedule, what_is_kept_and_was_made_for_a_visit_waits_for_its_time) {
    schedule_bench at;
    at.publish("w", milliseconds(10'000));
    EXPECT_TRUE(at.schedule.keep("w", at.now()));
    EXPECT_EQ(at.renewed_after(milliseconds(7'999)), list{});
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{"w"});
}

TEST(refresh_schedule, what_is_released_cools_down_unless_somebody_uses_it) {
    schedule_bench at;
    for (const char* key : {"w", "used"}) {
        EXPECT_TRUE(at.schedule.keep(key, at.now()));
        at.schedule.published(key, at.now(), milliseconds(10'000));
    }
    at.schedule.used("used", at.now(), ten_minutes);
    at.schedule.release("w", at.now());
    at.schedule.release("used", at.now());
    // What is used is renewed when its time comes, what isn't gives up its place at once.
    const auto due = at.schedule.take_due(at.now());
    EXPECT_EQ(due.renew, list{});
    EXPECT_EQ(due.cooled, list{"w"});
    EXPECT_EQ(at.renewed_after(milliseconds(8'000)), list{"used"});
}

TEST(refresh_schedule, what_is_kept_and_fails_is_tried_again_with_longer_and_longer_pauses) {
    schedule_bench at;
    at.luck = 1;
    EXPECT_TRUE(at.schedule.keep("w", at.now()));
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"w"});
    for (const int pause : {900, 1'800, 3'600, 7'200, 14'400, 28'800, 54'000, 54'000}) {
        at.schedule.ended("w", at.now());
        EXPECT_EQ(at.renewed_after(milliseconds(pause - 1)), list{}) << pause;
        EXPECT_EQ(at.renewed_after(milliseconds(2)), list{"w"}) << pause;
    }
    at.schedule.published("w", at.now(), milliseconds(10'000));
    at.schedule.ended("w", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(9'001)), list{"w"});
    at.schedule.ended("w", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(901)), list{"w"}) << "the pauses begin anew";
}

TEST(refresh_schedule, what_is_kept_and_never_fresh_is_renewed_while_it_may_be_served_stale) {
    schedule_bench at;
    EXPECT_TRUE(at.schedule.keep("w", at.now()));
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"w"});
    at.schedule.published("w", at.now(), milliseconds(0), milliseconds(20'000));
    at.schedule.ended("w", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(15'999)), list{});
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{"w"});
}

TEST(refresh_schedule, what_is_kept_counts_among_what_is_watched) {
    schedule_bench at;
    for (const char* key : {"a", "b", "c", "d"})
        EXPECT_TRUE(at.schedule.keep(key, at.now()));
    EXPECT_FALSE(at.schedule.keep("e", at.now()));
    EXPECT_TRUE(at.schedule.keep("a", at.now()));
}

TEST(refresh_schedule, what_somebody_is_subscribed_to_is_renewed_however_many_are_watched) {
    schedule_bench at;
    for (const char* key : {"a", "b", "c", "d", "s"})
        at.schedule.subscribe(key, at.now());
    EXPECT_EQ(at.schedule.watched(), 5u);
    EXPECT_FALSE(at.schedule.keep("e", at.now()));
}

TEST(refresh_schedule, what_is_kept_and_subscribed_to_is_renewed_until_both_are_over) {
    schedule_bench at;
    EXPECT_TRUE(at.schedule.keep("w", at.now()));
    at.schedule.subscribe("w", at.now());
    at.schedule.published("w", at.now(), milliseconds(10'000));
    at.schedule.unsubscribe("w", at.now());
    EXPECT_EQ(at.schedule.take_due(at.now()).cooled, list{});
    at.schedule.release("w", at.now());
    EXPECT_EQ(at.schedule.take_due(at.now()).cooled, list{"w"});
}

TEST(refresh_schedule, what_is_subscribed_to_and_never_fresh_is_renewed_every_few_seconds) {
    schedule_bench at;
    at.schedule.subscribe("s", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"s"});
    at.schedule.published("s", at.now(), milliseconds(0), milliseconds(600'000));
    at.schedule.ended("s", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(3'999)), list{});
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{"s"});
}

TEST(refresh_schedule, what_is_subscribed_to_and_fails_is_tried_again_every_few_seconds) {
    schedule_bench at;
    at.schedule.subscribe("s", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"s"});
    for (const int pause : {800, 1'600, 3'200, 4'000, 4'000}) {
        at.schedule.ended("s", at.now());
        EXPECT_EQ(at.renewed_after(milliseconds(pause - 1)), list{});
        EXPECT_EQ(at.renewed_after(milliseconds(1)), list{"s"});
    }
}

TEST(refresh_schedule, what_was_invalidated_is_due_at_once) {
    schedule_bench at;
    at.schedule.subscribe("s", at.now());
    at.schedule.published("s", at.now(), milliseconds(10'000));
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{});
    at.schedule.hurry("s");
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"s"});
    at.schedule.hurry("nobody knows it");
}

TEST(refresh_schedule, what_was_invalidated_while_it_was_renewed_is_renewed_again) {
    schedule_bench at;
    at.schedule.subscribe("s", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"s"});
    at.schedule.hurry("s");
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{});
    at.schedule.published("s", at.now(), milliseconds(10'000));
    at.schedule.ended("s", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{"s"});
    at.schedule.published("s", at.now(), milliseconds(10'000));
    at.schedule.ended("s", at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(1)), list{}) << "once";
}

TEST(refresh_schedule, what_was_invalidated_is_before_what_waits_for_others) {
    schedule_bench at;
    std::vector<std::string> keys;
    for (int each = 0; each < 40; ++each)
        keys.push_back("s" + std::to_string(each));
    for (const std::string& key : keys)
        at.schedule.subscribe(key, at.now());
    const list first = at.renewed_after(milliseconds(0));
    EXPECT_LT(first.size(), keys.size()) << "no more at once";
    EXPECT_EQ(at.schedule.next(), steady_time::max());
    at.schedule.hurry(keys.back());
    EXPECT_LE(at.schedule.next(), at.now());
    EXPECT_EQ(at.renewed_after(milliseconds(0)), list{keys.back()});
}

}  // namespace
}  // namespace nearside::proxy
