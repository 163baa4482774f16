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
    EXPECT_FALSE(known.find("/views/a?x=1").of_view);
    known.remember("/views/a?x=1", {target_with_key("k"), nullptr});
    const known_target found = known.find("/views/a?x=1");
    ASSERT_TRUE(found.of_view);
    EXPECT_EQ(found.of_view->key, "k");
    EXPECT_FALSE(found.of_route);
    EXPECT_FALSE(known.find("/views/a?x=2").of_view);
    EXPECT_FALSE(known.find("/views/A?x=1").of_view);
}

TEST(known_targets, remembers_those_of_routes_as_well) {
    known_targets known;
    auto target = std::make_shared<route_target>();
    target->key = "k";
    known.remember("/api/a", {nullptr, target});
    EXPECT_EQ(known.find("/api/a").of_route, target);
    EXPECT_FALSE(known.find("/api/a").of_view);
}

TEST(known_targets, holds_no_more_than_it_may_however_many_are_asked_for) {
    known_targets known;
    const std::size_t asked = 3 * known_targets::shards * known_targets::most_in_a_shard;
    const auto target = target_with_key("k");
    for (std::size_t at = 0; at < asked; ++at)
        known.remember("/views/" + std::to_string(at), {target, nullptr});
    EXPECT_LE(static_cast<std::size_t>(target.use_count()), known_targets::shards * known_targets::most_in_a_shard + 1);
    EXPECT_TRUE(known.find("/views/" + std::to_string(asked - 1)).of_view);
}

TEST(known_targets, a_very_long_target_is_not_kept) {
    known_targets known;
    const std::string target(known_targets::longest_target + 1, 'a');
    known.remember(target, {target_with_key("k"), nullptr});
    EXPECT_FALSE(known.find(target).of_view);
}

}  // namespace
}  // namespace nearside::proxy
