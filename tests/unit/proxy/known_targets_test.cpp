#include "proxy/known_targets.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

std::shared_ptr<const view_target> target_with_key(std::string key) {
    auto made = std::make_shared<view_target>();
    made->key = std::move(key);
    return made;
}

TEST(known_targets, gives_back_what_was_understood_of_exactly_this_target) {
    known_targets known;
    EXPECT_EQ(known.find("/views/a?x=1"), nullptr);
    known.remember("/views/a?x=1", target_with_key("k"));
    ASSERT_NE(known.find("/views/a?x=1"), nullptr);
    EXPECT_EQ(known.find("/views/a?x=1")->key, "k");
    EXPECT_EQ(known.find("/views/a?x=2"), nullptr);
    EXPECT_EQ(known.find("/views/A?x=1"), nullptr);
}

TEST(known_targets, holds_no_more_than_it_may_however_many_are_asked_for) {
    known_targets known;
    const std::size_t asked = 3 * known_targets::shards * known_targets::most_in_a_shard;
    const auto target = target_with_key("k");
    for (std::size_t at = 0; at < asked; ++at)
        known.remember("/views/" + std::to_string(at), target);
    EXPECT_LE(static_cast<std::size_t>(target.use_count()), known_targets::shards * known_targets::most_in_a_shard + 1);
    EXPECT_NE(known.find("/views/" + std::to_string(asked - 1)), nullptr);
}

TEST(known_targets, a_very_long_target_is_not_kept) {
    known_targets known;
    const std::string target(known_targets::longest_target + 1, 'a');
    known.remember(target, target_with_key("k"));
    EXPECT_EQ(known.find(target), nullptr);
}

}  // namespace
}  // namespace nearside::proxy
