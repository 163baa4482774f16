#include "proxy/recent_uses.h"

#include "proxy/refresh_schedule.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace nearside::proxy {
namespace {

TEST(recent_uses, notes_what_is_watched_alone) {
    nearside::testing::manual_clock clock;
    recent_uses uses;
    EXPECT_FALSE(uses.note("v", clock.steady_now()));
    EXPECT_EQ(uses.last("v"), std::nullopt);
    uses.watch("v", clock.steady_now());
    clock.advance(milliseconds(5));
    EXPECT_TRUE(uses.note("v", clock.steady_now()));
    EXPECT_FALSE(uses.note("w", clock.steady_now()));
    EXPECT_EQ(uses.last("v"), clock.steady_now());
    uses.forget("v");
    uses.forget("never there");
    EXPECT_FALSE(uses.note("v", clock.steady_now()));
}

TEST(recent_uses, an_earlier_time_that_comes_late_changes_nothing) {
    nearside::testing::manual_clock clock;
    const steady_time earlier = clock.steady_now();
    recent_uses uses;
    clock.advance(milliseconds(5));
    uses.watch("v", clock.steady_now());
    uses.note("v", earlier);
    uses.watch("v", earlier);
    EXPECT_EQ(uses.last("v"), clock.steady_now());
}

TEST(recent_uses, threads_note_at_once) {
    nearside::testing::manual_clock clock;
    const steady_time begin = clock.steady_now();
    recent_uses uses;
    for (int key = 0; key < 40; ++key)
        uses.watch(std::to_string(key), begin);
    std::vector<std::thread> all;
    for (int number = 1; number <= 4; ++number)
        all.emplace_back([&uses, begin, number] {
            for (int round = 0; round < 40'000; ++round)
                uses.note(std::to_string(round % 40), begin + milliseconds(number * round));
        });
    for (std::thread& each : all)
        each.join();
    for (int key = 0; key < 40; ++key)
        EXPECT_EQ(uses.last(std::to_string(key)), begin + milliseconds(4 * (39'960 + key))) << key;
}

// What the schedule isn't told hit by hit counts when it looks.
TEST(recent_uses, the_schedule_counts_what_was_noted_since_the_last_look) {
    nearside::testing::manual_clock clock;
    recent_uses uses;
    refresh_schedule schedule{4, 2, [] { return 0.0; }, [&uses](std::string_view key) { return uses.last(key); }};
    constexpr milliseconds within{10'000};
    for (const char* key : {"used", "left"}) {
        schedule.used(key, clock.steady_now(), within);
        uses.watch(key, clock.steady_now());
        schedule.published(key, clock.steady_now(), milliseconds(15'000));
    }
    clock.advance(milliseconds(9'000));
    uses.note("used", clock.steady_now());
    clock.advance(milliseconds(3'000));
    const auto due = schedule.take_due(clock.steady_now());
    EXPECT_EQ(due.renew, std::vector<std::string>{"used"});
    EXPECT_EQ(due.cooled, std::vector<std::string>{"left"});
}

}  // namespace
}  // namespace nearside::proxy
