#include "cache/flight_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace nearside::cache {
namespace {

using flights = flight_table<int>;
const steady_time takeoff{};

TEST(flight_table, the_first_leads_and_all_others_wait_for_its_outcome) {
    flights table;
    const auto leader = table.join("k", takeoff);
    const auto second = table.join("k", takeoff);
    EXPECT_TRUE(leader.leads);
    EXPECT_FALSE(second.leads);
    EXPECT_EQ(leader.of, second.of);

    int woken = 0;
    EXPECT_TRUE(second.of->on_landed([&] { ++woken; }));
    EXPECT_EQ(second.of->outcome(), std::nullopt);
    table.land("k", leader.of, 42);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(second.of->outcome(), 42);
}

TEST(flight_table, who_leaves_is_not_woken_and_not_counted) {
    flights table;
    const auto seat = table.join("k", takeoff);
    int woken = 0;
    const std::uint64_t leaves = seat.of->enter([] { FAIL() << "it has left"; });
    const std::uint64_t stays = seat.of->enter([&] { ++woken; });
    EXPECT_NE(leaves, stays);
    seat.of->leave(leaves);
    seat.of->leave(leaves);
    EXPECT_EQ(seat.of->waiting(), 1u);
    table.land("k", seat.of, 1);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(seat.of->enter([] { FAIL() << "landed already"; }), 0u);
}

TEST(flight_table, who_comes_after_the_landing_is_told_so_and_can_start_anew) {
    flights table;
    const auto first = table.join("k", takeoff);
    table.land("k", first.of, 1);
    EXPECT_FALSE(first.of->on_landed([] { FAIL() << "landed already"; }));
    EXPECT_TRUE(table.join("k", takeoff).leads);
}

TEST(flight_table, a_woken_waiter_can_lead_the_next_flight) {
    flights table;
    const auto first = table.join("k", takeoff);
    bool leads_next = false;
    first.of->on_landed([&] { leads_next = table.join("k", takeoff).leads; });
    table.land("k", first.of, 1);
    EXPECT_TRUE(leads_next);
}

TEST(flight_table, landing_twice_changes_nothing) {
    flights table;
    const auto first = table.join("k", takeoff);
    table.land("k", first.of, 1);
    const auto second = table.join("k", takeoff);
    table.land("k", first.of, 2);
    EXPECT_EQ(first.of->outcome(), 1);
    EXPECT_EQ(second.of->outcome(), std::nullopt);
    EXPECT_EQ(table.size(), 1u);
}

TEST(flight_table, keys_do_not_wait_for_each_other) {
    flights table;
    EXPECT_TRUE(table.join("a", takeoff).leads);
    EXPECT_TRUE(table.join("b", takeoff).leads);
}

TEST(flight_table, nobody_leads_where_all_is_settled) {
    flights table;
    const auto seat = table.join_unless("k", takeoff, [] { return true; });
    EXPECT_EQ(seat.of, nullptr);
    EXPECT_FALSE(seat.leads);
    EXPECT_EQ(table.size(), 0u);
}

TEST(flight_table, what_is_under_way_is_joined_though_all_is_settled) {
    flights table;
    const auto first = table.join("k", takeoff);
    const auto second = table.join_unless("k", takeoff, [] { return true; });
    EXPECT_EQ(second.of, first.of);
}

TEST(flight_table, a_told_outcome_that_will_not_do_gives_up_its_key_only_to_one_who_has_something_to_do) {
    flights table;
    const auto first = table.join("k", takeoff);
    table.announce(first.of, 1);
    const auto refuses = [](int) { return false; };
    EXPECT_EQ(table.join_unless("k", takeoff, refuses, [] { return true; }).of, nullptr);
    EXPECT_EQ(table.join("k", takeoff).of, first.of);
    EXPECT_TRUE(table.join_unless("k", takeoff, refuses, [] { return false; }).leads);
}

TEST(flight_table, what_a_flight_begins_with_is_there_for_whoever_joins_it_though_its_leader_is_slow) {
    struct luggage {
        int stamp = 0;
    };
    using laden_flights = flight_table<int, luggage>;
    for (int round = 1; round < 2'000; ++round) {
        laden_flights table;
        const auto asks = [&] {
            const auto seat = table.join_unless(
                "k", takeoff, [](int) { return true; }, [] { return false; },
                [round](luggage& of) { of.stamp = round; });
            EXPECT_EQ(seat.of->aboard.stamp, round);
        };
        std::thread other(asks);
        asks();
        other.join();
    }
}

// Who saw nothing stored may be slow to come aboard: the flight that stores it has landed by then.
TEST(flight_table, what_is_stored_before_it_lands_is_made_once_however_late_one_comes) {
    flights table;
    for (int round = 0; round < 2'000; ++round) {
        std::atomic<bool> stored{false};
        std::atomic<int> made{0};
        const auto asks = [&] {
            if (stored) return;
            const auto seat = table.join_unless("k", takeoff, [&] { return stored.load(); });
            if (!seat.leads) return;
            ++made;
            stored = true;
            table.land("k", seat.of, round);
        };
        std::thread other(asks);
        asks();
        other.join();
        ASSERT_EQ(made, 1);
    }
}

TEST(flight_table, of_many_threads_one_leads_and_every_other_is_woken_once) {
    flights table;
    std::atomic<int> leaders{0}, woken{0}, late{0};
    std::vector<std::thread> threads;
    for (int at = 0; at < 8; ++at) {
        threads.emplace_back([&] {
            const auto seat = table.join("k", takeoff);
            if (seat.leads) {
                ++leaders;
            } else if (!seat.of->on_landed([&] { ++woken; })) {
                ++late;
            }
        });
    }
    for (std::thread& each : threads)
        each.join();
    EXPECT_EQ(leaders, 1);
    table.land("k", table.join("k", takeoff).of, 1);
    EXPECT_EQ(woken + late, 7);
}

}  // namespace
}  // namespace nearside::cache
