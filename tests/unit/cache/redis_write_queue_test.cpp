#include "cache/redis_write_queue.h"

#include "tests/support/stored_entries.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using write_kind = redis_write::kind;
using pushed = redis_write_queue::pushed;

class redis_write_queue_test : public ::testing::Test {
protected:
    static redis_write put(const std::string& key, std::size_t size = 100) {
        return {.what = write_kind::entry, .key = key, .of = testing::plain_entry(key, std::string(size, 'x'))};
    }
    static redis_write erase(const std::string& key) { return {.what = write_kind::erase, .key = key}; }
    static redis_write recipe(const std::string& key) { return {.what = write_kind::recipe, .key = key, .text = "r"}; }

    redis_write_queue queue_{{.writes = 3, .bytes = 1'000}};
};

TEST_F(redis_write_queue_test, writes_come_out_in_order) {
    queue_.push(put("a"));
    queue_.push(put("b"));
    EXPECT_EQ(queue_.take()->key, "a");
    EXPECT_EQ(queue_.take()->key, "b");
    EXPECT_FALSE(queue_.take());
    EXPECT_EQ(queue_.bytes(), 0U);
}

TEST_F(redis_write_queue_test, the_newest_of_a_key_replaces_an_older_one_in_its_place) {
    queue_.push(put("a"));
    queue_.push(put("b"));
    const redis_write newer = put("a", 7);
    EXPECT_EQ(queue_.push(newer), pushed::replaced);
    EXPECT_EQ(queue_.size(), 2U);
    EXPECT_EQ(queue_.take()->of, newer.of);
}

TEST_F(redis_write_queue_test, one_key_is_written_by_one_at_a_time) {
    queue_.push(put("a"));
    const auto first = queue_.take();
    queue_.push(put("a"));
    queue_.push(put("b"));
    const auto second = queue_.take();
    EXPECT_EQ(second->key, "b");
    EXPECT_FALSE(queue_.take());
    queue_.done(*first);
    EXPECT_EQ(queue_.take()->key, "a");
}

TEST_F(redis_write_queue_test, an_entry_and_a_recipe_of_one_key_are_two_things) {
    queue_.push(put("a"));
    EXPECT_EQ(queue_.push(recipe("a")), pushed::added);
    EXPECT_EQ(queue_.take()->what, write_kind::entry);
    EXPECT_EQ(queue_.take()->what, write_kind::recipe);
}

TEST_F(redis_write_queue_test, over_its_limits_what_comes_is_dropped) {
    for (const char* each : {"a", "b", "c"})
        EXPECT_EQ(queue_.push(put(each)), pushed::added);
    EXPECT_EQ(queue_.push(put("d")), pushed::dropped);
    EXPECT_EQ(queue_.push(put("a")), pushed::replaced);
    EXPECT_EQ(queue_.size(), 3U);

    redis_write_queue small({.writes = 3, .bytes = 1'000});
    EXPECT_EQ(small.push(put("a", 900)), pushed::added);
    EXPECT_EQ(small.push(put("b", 900)), pushed::dropped);
    EXPECT_EQ(small.push(put("a", 950)), pushed::replaced);
}

TEST_F(redis_write_queue_test, a_newer_version_that_is_too_large_takes_the_outdated_one_with_it) {
    queue_.push(put("a"));
    EXPECT_EQ(queue_.push(put("a", 2'000)), pushed::dropped);
    EXPECT_FALSE(queue_.take());
    EXPECT_EQ(queue_.bytes(), 0U);
}

TEST_F(redis_write_queue_test, an_erasure_has_room_where_an_entry_waits) {
    for (const char* each : {"a", "b", "c"})
        queue_.push(put(each));
    EXPECT_EQ(queue_.push(erase("d")), pushed::added);
    EXPECT_EQ(queue_.take()->key, "b");
    EXPECT_EQ(queue_.take()->key, "c");
    EXPECT_EQ(queue_.take()->what, write_kind::erase);
}

TEST_F(redis_write_queue_test, what_takes_the_place_of_an_erasure_erases_first) {
    queue_.push(erase("a"));
    queue_.push(put("a"));
    queue_.push(put("a"));
    EXPECT_FALSE(queue_.of_entry("a").erased);
    const auto taken = queue_.take();
    EXPECT_EQ(taken->what, write_kind::entry);
    EXPECT_TRUE(taken->erase_first);
    queue_.done(*taken);
    queue_.push(put("a"));
    EXPECT_FALSE(queue_.take()->erase_first);
}

TEST_F(redis_write_queue_test, an_erasure_holds_though_what_came_after_it_is_too_large) {
    queue_.push(erase("a"));
    EXPECT_EQ(queue_.push(put("a", 2'000)), pushed::dropped);
    EXPECT_EQ(queue_.take()->what, write_kind::erase);
}

TEST_F(redis_write_queue_test, erasures_alone_are_bounded_too) {
    for (const char* each : {"a", "b", "c"})
        queue_.push(erase(each));
    EXPECT_EQ(queue_.push(erase("d")), pushed::dropped);
}

TEST_F(redis_write_queue_test, the_newest_of_an_entry_is_known_until_it_is_written) {
    EXPECT_EQ(queue_.of_entry("a").newest, nullptr);
    const redis_write first = put("a"), second = put("a");
    queue_.push(first);
    EXPECT_EQ(queue_.of_entry("a").newest, first.of);
    const auto taken = queue_.take();
    EXPECT_EQ(queue_.of_entry("a").newest, first.of);
    queue_.push(second);
    EXPECT_EQ(queue_.of_entry("a").newest, second.of);
    queue_.done(*taken);
    const auto then = queue_.take();
    queue_.done(*then);
    EXPECT_EQ(queue_.of_entry("a").newest, nullptr);
}

TEST_F(redis_write_queue_test, what_is_erased_is_known_until_it_is_gone) {
    queue_.push(put("a"));
    const auto writing = queue_.take();
    EXPECT_FALSE(queue_.is_erased("a"));
    queue_.push(erase("a"));
    EXPECT_TRUE(queue_.is_erased("a"));
    EXPECT_TRUE(queue_.of_entry("a").erased);
    queue_.done(*writing);
    const auto erasing = queue_.take();
    EXPECT_EQ(erasing->what, write_kind::erase);
    EXPECT_TRUE(queue_.of_entry("a").erased);
    queue_.done(*erasing);
    EXPECT_FALSE(queue_.of_entry("a").erased);
}

TEST_F(redis_write_queue_test, what_failed_comes_again_unless_there_is_a_newer_one) {
    queue_.push(erase("a"));
    auto failed = *queue_.take();
    queue_.done(failed);
    queue_.push_back(failed);
    EXPECT_EQ(queue_.size(), 1U);
    failed = *queue_.take();
    queue_.push(put("a"));
    queue_.done(failed);
    queue_.push_back(failed);
    EXPECT_EQ(queue_.take()->what, write_kind::entry);
}

}  // namespace
}  // namespace nearside::cache
