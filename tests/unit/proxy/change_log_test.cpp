#include "proxy/change_log.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

constexpr std::size_t plenty_of_bytes = 1'000'000;

event_tail patch_of(std::size_t bytes) {
    return std::make_shared<const std::string>(bytes, 'p');
}

std::vector<std::uint64_t> sequences(const std::optional<std::vector<change_log::change>>& missed) {
    std::vector<std::uint64_t> all;
    for (const change_log::change& each : missed.value())
        all.push_back(each.sequence);
    return all;
}

TEST(change_log, begins_with_a_version_that_has_to_be_told_whole) {
    change_log log({});
    EXPECT_EQ(log.latest(), 0u);
    log.add("v1", nullptr);
    EXPECT_EQ(log.latest(), 1u);
    EXPECT_EQ(log.etag(), "v1");
    EXPECT_FALSE(log.since(0, plenty_of_bytes));
    EXPECT_TRUE(log.since(1, plenty_of_bytes)->empty());
}

TEST(change_log, what_may_be_remembered_changes_with_the_limits) {
    change_log log({.changes = 10});
    log.add("v1", nullptr);
    for (const char* etag : {"v2", "v3", "v4"})
        log.add(etag, patch_of(10));
    log.keep_within({.changes = 2});
    EXPECT_FALSE(log.since(1, plenty_of_bytes));
    EXPECT_EQ(sequences(log.since(2, plenty_of_bytes)), (std::vector<std::uint64_t>{3, 4}));
    log.keep_within({.changes = 10, .bytes = 15});
    EXPECT_EQ(sequences(log.since(3, plenty_of_bytes)), (std::vector<std::uint64_t>{4}));
}

TEST(change_log, what_is_forgotten_is_told_to_nobody_and_what_follows_is) {
    change_log log({});
    log.add("v1", nullptr);
    log.add("v2", patch_of(10));
    log.forget();
    EXPECT_FALSE(log.since(1, plenty_of_bytes));
    EXPECT_TRUE(log.since(2, plenty_of_bytes)->empty());
    log.add("v3", patch_of(10));
    EXPECT_FALSE(log.since(1, plenty_of_bytes));
    EXPECT_EQ(sequences(log.since(2, plenty_of_bytes)), (std::vector<std::uint64_t>{3}));
}

TEST(change_log, tells_a_reader_what_it_missed_in_order) {
    change_log log({});
    log.add("v1", nullptr);
    for (int made = 0; made < 3; ++made)
        log.add("v", patch_of(10));
    EXPECT_EQ(sequences(log.since(1, plenty_of_bytes)), (std::vector<std::uint64_t>{2, 3, 4}));
    EXPECT_EQ(sequences(log.since(3, plenty_of_bytes)), (std::vector<std::uint64_t>{4}));
    EXPECT_FALSE(log.since(5, plenty_of_bytes)) << "a version that never was";
}

TEST(change_log, no_change_before_one_that_is_no_patch_leads_anywhere) {
    change_log log({});
    log.add("v1", nullptr);
    log.add("v2", patch_of(10));
    log.add("v3", nullptr);
    log.add("v4", patch_of(10));
    EXPECT_FALSE(log.since(1, plenty_of_bytes));
    EXPECT_FALSE(log.since(2, plenty_of_bytes));
    EXPECT_EQ(sequences(log.since(3, plenty_of_bytes)), (std::vector<std::uint64_t>{4}));
}

TEST(change_log, remembers_so_many_changes_and_bytes) {
    change_log by_count({.changes = 2, .bytes = plenty_of_bytes});
    change_log by_bytes({.changes = 100, .bytes = 25});
    for (change_log* log : {&by_count, &by_bytes}) {
        log->add("v1", nullptr);
        for (int made = 0; made < 4; ++made)
            log->add("v", patch_of(10));
        EXPECT_FALSE(log->since(2, plenty_of_bytes));
        EXPECT_EQ(sequences(log->since(3, plenty_of_bytes)), (std::vector<std::uint64_t>{4, 5}));
    }
}

TEST(change_log, the_last_change_is_there_whatever_its_size) {
    change_log log({.changes = 0, .bytes = 0});
    log.add("v1", nullptr);
    log.add("v2", patch_of(100));
    EXPECT_EQ(sequences(log.since(1, 10)), (std::vector<std::uint64_t>{2}));
}

TEST(change_log, several_changes_are_told_one_by_one_only_while_that_is_little) {
    change_log log({});
    log.add("v1", nullptr);
    log.add("v2", patch_of(60));
    log.add("v3", patch_of(60));
    EXPECT_EQ(sequences(log.since(1, 120)), (std::vector<std::uint64_t>{2, 3}));
    EXPECT_FALSE(log.since(1, 119));
    EXPECT_EQ(sequences(log.since(2, 10)), (std::vector<std::uint64_t>{3}));
}

}  // namespace
}  // namespace nearside::proxy
