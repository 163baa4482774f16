#include "core/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace nearside {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(metrics, tells_counters_and_gauges_as_prometheus_text) {
    metrics registry;
    registry.make_counter("nearside_hits_total", "Requests answered from memory.", {{"view", "board"}}).add(3);
    registry.make_gauge("nearside_connections", "Open client connections.").set(-2);
    EXPECT_EQ(registry.exposition(),
              "# HELP nearside_connections Open client connections.\n"
              "# TYPE nearside_connections gauge\n"
              "nearside_connections -2\n"
              "# HELP nearside_hits_total Requests answered from memory.\n"
              "# TYPE nearside_hits_total counter\n"
              "nearside_hits_total{view=\"board\"} 3\n");
}

TEST(metrics, gives_the_same_series_for_the_same_name_and_labels) {
    metrics registry;
    counter& first = registry.make_counter("nearside_a_total", "A.", {{"kind", "x"}});
    EXPECT_EQ(&registry.make_counter("nearside_a_total", "A.", {{"kind", "x"}}), &first);
    EXPECT_NE(&registry.make_counter("nearside_a_total", "A.", {{"kind", "y"}}), &first);
}

TEST(metrics, a_share_of_a_gauge_counts_while_it_lives) {
    metrics all;
    gauge& of = all.make_gauge("nearside_waiting", "Those who wait");
    {
        gauge_share first(of);
        gauge_share second;
        EXPECT_EQ(of.value(), 1);
        second = std::move(first);
        EXPECT_EQ(of.value(), 1);
        second = gauge_share(of);
        EXPECT_EQ(of.value(), 1);
        const gauge_share third(std::move(second));
        EXPECT_EQ(of.value(), 1);
    }
    EXPECT_EQ(of.value(), 0);
}

TEST(metrics, escapes_what_labels_hold) {
    metrics registry;
    registry.make_gauge("nearside_x", "X.", {{"path", "a\"b\\c\nd"}}).set(1);
    EXPECT_THAT(registry.exposition(), HasSubstr(R"(nearside_x{path="a\"b\\c\nd"} 1)"));
}

TEST(metrics, histograms_tell_cumulative_buckets_sum_and_count) {
    metrics registry;
    histogram& taken = registry.make_histogram("nearside_took_seconds", "Time.", {0.25, 1});
    for (const double seconds : {0.125, 0.25, 0.5, 8.0})
        taken.observe(seconds);
    EXPECT_EQ(registry.exposition(),
              "# HELP nearside_took_seconds Time.\n"
              "# TYPE nearside_took_seconds histogram\n"
              "nearside_took_seconds_count 4\n"
              "nearside_took_seconds_sum 8.875\n"
              "nearside_took_seconds_bucket{le=\"0.25\"} 2\n"
              "nearside_took_seconds_bucket{le=\"1\"} 3\n"
              "nearside_took_seconds_bucket{le=\"+Inf\"} 4\n");
}

TEST(metrics, what_an_owner_counts_itself_is_asked_for_while_the_owner_lives) {
    metrics registry;
    double idle = 3;
    {
        const auto observation =
            registry.make_observed("nearside_idle", "Idle.", {{"upstream", "api"}}, [&] { return idle; });
        idle = 4;
        EXPECT_THAT(registry.exposition(), HasSubstr("nearside_idle{upstream=\"api\"} 4\n"));
    }
    EXPECT_THAT(registry.exposition(), Not(HasSubstr("nearside_idle")));
}

TEST(metrics, what_an_owner_counts_for_good_is_a_counter) {
    metrics registry;
    const auto observation = registry.make_observed("nearside_evictions_total", "Evictions.", {}, [] { return 5.0; });
    EXPECT_THAT(registry.exposition(),
                HasSubstr("# TYPE nearside_evictions_total counter\nnearside_evictions_total 5\n"));
}

TEST(metrics, a_successor_takes_a_series_over_before_its_predecessor_ends) {
    metrics registry;
    metrics::observation current = registry.make_observed("nearside_idle", "Idle.", {}, [] { return 1.0; });
    current = registry.make_observed("nearside_idle", "Idle.", {}, [] { return 2.0; });
    EXPECT_THAT(registry.exposition(), HasSubstr("nearside_idle 2\n"));
    const metrics::observation moved = std::move(current);
    EXPECT_THAT(registry.exposition(), HasSubstr("nearside_idle 2\n"));
}

TEST(metrics, refuses_names_that_break_the_rules) {
    metrics registry;
    EXPECT_THROW(registry.make_counter("hits_total", ""), std::logic_error);
    EXPECT_THROW(registry.make_counter("nearside_hits", ""), std::logic_error);
    EXPECT_THROW(registry.make_gauge("nearside_a b", ""), std::logic_error);
    registry.make_gauge("nearside_a", "");
    EXPECT_THROW(registry.make_histogram("nearside_a", "", {1}), std::logic_error);
    EXPECT_THROW(registry.make_histogram("nearside_b", "", {2, 1}), std::logic_error);
}

TEST(metrics, lose_no_count_between_threads) {
    metrics registry;
    counter& hits = registry.make_counter("nearside_hits_total", "Hits.");
    gauge& open = registry.make_gauge("nearside_open", "Open.");
    histogram& taken = registry.make_histogram("nearside_took_seconds", "Time.", {1});
    constexpr int threads = 12;
    constexpr int rounds = 10'000;
    std::vector<std::thread> all;
    for (int at = 0; at < threads; ++at) {
        all.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                hits.add();
                open.add(1);
                taken.observe(0.5);
            }
        });
    }
    for (std::thread& each : all)
        each.join();
    EXPECT_EQ(hits.value(), std::uint64_t{threads} * rounds);
    EXPECT_EQ(open.value(), std::int64_t{threads} * rounds);
    const histogram::reading read = taken.read();
    EXPECT_EQ(read.counts[0], std::uint64_t{threads} * rounds);
    EXPECT_EQ(read.sum, 0.5 * threads * rounds);
}

TEST(latency_bounds, ascend) {
    const std::vector<double> bounds = latency_bounds();
    EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
    EXPECT_GT(bounds.front(), 0);
}

}  // namespace
}  // namespace nearside
