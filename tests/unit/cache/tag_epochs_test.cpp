#include "cache/tag_epochs.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace nearside::cache {
namespace {

using tags = std::vector<std::string>;

TEST(tag_epochs_test, what_was_fetched_before_is_struck_and_what_comes_after_is_not) {
    tag_epochs epochs(100);
    const std::uint64_t before = epochs.now();
    EXPECT_EQ(epochs.fate_of(before, "uri:a", tags{"job:1"}), invalidation::none);
    epochs.invalidate(tags{"job:1"}, invalidation::soft);
    EXPECT_EQ(epochs.fate_of(before, "uri:a", tags{"job:1"}), invalidation::soft);
    EXPECT_EQ(epochs.fate_of(before, "uri:a", tags{"job:2"}), invalidation::none);
    EXPECT_EQ(epochs.fate_of(epochs.now(), "uri:a", tags{"job:1"}), invalidation::none);
}

TEST(tag_epochs_test, a_uri_is_a_tag_that_entries_need_not_hold) {
    tag_epochs epochs(100);
    const std::uint64_t before = epochs.now();
    epochs.invalidate(tags{"uri:a"}, invalidation::hard);
    EXPECT_EQ(epochs.fate_of(before, "uri:a", tags{}), invalidation::hard);
    EXPECT_EQ(epochs.fate_of(before, "uri:b", tags{}), invalidation::none);
    EXPECT_GT(epochs.last_of("uri:a"), 0u);
    EXPECT_EQ(epochs.last_of("uri:b"), 0u);
}

TEST(tag_epochs_test, hard_outranks_soft_whichever_came_last) {
    tag_epochs epochs(100);
    const std::uint64_t before = epochs.now();
    epochs.invalidate(tags{"t"}, invalidation::hard);
    epochs.invalidate(tags{"t"}, invalidation::soft);
    EXPECT_EQ(epochs.fate_of(before, {}, tags{"t"}), invalidation::hard);
}

TEST(tag_epochs_test, what_is_forgotten_counts_for_every_tag_and_never_for_none) {
    constexpr std::size_t most = 80;
    tag_epochs epochs(most);
    const std::uint64_t first = epochs.now();
    for (int tag = 0; tag < 1'000; ++tag)
        epochs.invalidate(tags{std::to_string(tag)}, invalidation::soft);
    EXPECT_LE(epochs.size(), most + 8);
    for (int tag = 0; tag < 1'000; ++tag)
        EXPECT_NE(epochs.fate_of(first, {}, tags{std::to_string(tag)}), invalidation::none);
}

// Against a map that forgets nothing: what it says is struck must be.
TEST(tag_epochs_test, never_forgets_an_invalidation_however_full_it_is) {
    std::mt19937 random(7);
    tag_epochs epochs(64);
    std::map<std::string, std::uint64_t> model;
    std::vector<std::uint64_t> stamps;
    for (int step = 0; step < 5'000; ++step) {
        const std::string tag = std::to_string(random() % 300);
        if (random() % 3 == 0) {
            epochs.invalidate(tags{tag}, invalidation::soft);
            model[tag] = epochs.now();
        }
        stamps.push_back(epochs.now());
        const std::uint64_t stamp = stamps[random() % stamps.size()];
        if (model.contains(tag) && model[tag] > stamp) {
            EXPECT_EQ(epochs.fate_of(stamp, {}, tags{tag}), invalidation::soft);
        }
    }
}

TEST(tag_epochs_test, a_stamp_is_never_as_late_as_an_invalidation_it_does_not_know_of) {
    tag_epochs epochs(10'000);
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 3; ++writer) {
        writers.emplace_back([&epochs, writer] {
            for (int step = 0; step < 500; ++step) {
                const tags one{std::to_string(writer) + "-" + std::to_string(step)};
                const std::uint64_t before = epochs.now();
                epochs.invalidate(one, invalidation::soft);
                EXPECT_EQ(epochs.fate_of(before, {}, one), invalidation::soft);
                EXPECT_EQ(epochs.fate_of(epochs.now(), {}, one), invalidation::none);
            }
        });
    }
    for (std::thread& writer : writers)
        writer.join();
}

TEST(tag_epochs_test, a_tag_invalidated_all_the_time_is_not_what_is_forgotten) {
    tag_epochs epochs(64);
    const std::vector<std::string> busy = {"busy"};
    for (int at = 0; at < 1'000; ++at) {
        epochs.invalidate(std::vector<std::string>{"once" + std::to_string(at)}, invalidation::soft);
        epochs.invalidate(busy, invalidation::hard);
    }
    const std::uint64_t fetched = epochs.now();
    epochs.invalidate(std::vector<std::string>{"one more"}, invalidation::soft);
    EXPECT_EQ(epochs.fate_of(fetched, {}, busy), invalidation::none);
    // Nor does its last moment, which is recent, count for others: none of them was ever gone.
    for (int at = 0; at < 100; ++at) {
        const std::vector<std::string> other = {"other" + std::to_string(at)};
        EXPECT_NE(epochs.fate_of(fetched - 1, {}, other), invalidation::hard) << at;
    }
}

}  // namespace
}  // namespace nearside::cache
