#include "proxy/stream_hub.h"

#include "tests/unit/proxy/stream_rig.h"

namespace nearside::proxy {
namespace {

std::string numbered_document(int number) {
    return R"({"n":)" + std::to_string(number) + R"(,"text":")" + std::string(300, 't') + "\"}";
}

TEST(stream_hub, a_reload_holds_for_what_is_followed_already) {
    stream_rig rig({.history = 10, .snapshot_limit = 1'000'000});
    const auto topic = rig.topic_of("/a");
    for (int number = 1; number <= 4; ++number)
        rig.publish("/a", "v" + std::to_string(number), numbered_document(number));
    EXPECT_EQ(topic->since({1}).events.size(), 3u);

    rig.hub.turn_to(rig.keeper, {.history = 2, .snapshot_limit = 100});
    ASSERT_EQ(topic->since({1}).events.size(), 1u) << "three changes are no longer remembered";
    EXPECT_EQ(topic->since({1}).events[0].name, "changed") << "it is too large to be sent whole";
    EXPECT_EQ(topic->since({2}).events.size(), 2u);

    rig.hub.turn_to(rig.keeper, {.patch_share = 0});
    rig.publish("/a", "v5", numbered_document(5));
    ASSERT_EQ(topic->since({4}).events.size(), 1u);
    EXPECT_EQ(topic->since({4}).events[0].name, "snapshot") << "no patch is small enough";
}

TEST(stream_hub, lets_go_of_a_view_once_nobody_has_come_back_to_it_in_time) {
    stream_rig rig({.linger = milliseconds{20'000}});
    const std::weak_ptr<stream_topic> topic = rig.topic_of("/a");
    const auto is_let_go_of_after = [&](milliseconds wait) {
        rig.clock.advance(wait);
        for (int looks = 0; looks < 3 && !topic.expired(); ++looks)
            rig.thread.run_one_for(std::chrono::seconds(10));
        return topic.expired();
    };
    EXPECT_FALSE(is_let_go_of_after(milliseconds{19'999}));
    EXPECT_EQ(rig.keeper->released, 0);
    EXPECT_TRUE(is_let_go_of_after(milliseconds{5'000}));
    EXPECT_EQ(rig.keeper->released, 1);
}

TEST(stream_hub, retries_are_scattered_between_once_and_three_times_what_is_configured) {
    stream_rig rig({.retry = milliseconds{100}});
    milliseconds least{1'000'000}, most{0};
    for (int drawn = 0; drawn < 1'000; ++drawn) {
        const milliseconds wait = rig.hub.scattered_retry();
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_EQ(least, milliseconds{100});
    EXPECT_EQ(most, milliseconds{300});
}

}  // namespace
}  // namespace nearside::proxy
