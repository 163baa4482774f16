#include "loadtest/farlink/line.h"

#include <gtest/gtest.h>

namespace nearside::farlink {
namespace {

using std::chrono::milliseconds;

link_settings far(std::uint64_t bits_per_second = 0) {
    link_settings settings;
    settings.round_trip = milliseconds(260);
    settings.bits_per_second = bits_per_second;
    return settings;
}

TEST(Line, DeliversHalfARoundTripLater) {
    line way(far(), 0);
    way.enter("a", milliseconds(10));
    EXPECT_EQ(way.next_arrival(), milliseconds(140));
    EXPECT_FALSE(way.arrive(milliseconds(139)));
    EXPECT_EQ(way.arrive(milliseconds(140)), "a");
    EXPECT_FALSE(way.next_arrival());
}

TEST(Line, LetsPacketsTravelTogetherWhenBandwidthIsNoMatter) {
    line way(far(), 0);
    way.enter("a", milliseconds(0));
    way.enter("b", milliseconds(0));
    EXPECT_EQ(way.arrive(milliseconds(130)), "a");
    EXPECT_EQ(way.arrive(milliseconds(130)), "b");
}

TEST(Line, MakesPacketsWaitForTheirTurn) {
    line way(far(8'000'000), 0);  // 1 kB a millisecond
    way.enter(std::string(1000, 'a'), milliseconds(0));
    way.enter(std::string(2000, 'b'), milliseconds(0));
    EXPECT_EQ(way.next_arrival(), milliseconds(131));
    way.arrive(milliseconds(131));
    EXPECT_EQ(way.next_arrival(), milliseconds(133));
}

TEST(Line, DropsWhatTheQueueCannotHold) {
    auto settings = far(8'000'000);
    settings.queue_bytes = 2500;
    line way(settings, 0);
    EXPECT_EQ(way.enter(std::string(1000, 'a'), milliseconds(0)), line::fate::travels);
    EXPECT_EQ(way.enter(std::string(1000, 'b'), milliseconds(0)), line::fate::travels);
    EXPECT_EQ(way.enter(std::string(1000, 'c'), milliseconds(0)), line::fate::queue_full);
    EXPECT_EQ(way.refused(), 1u);
    EXPECT_EQ(way.enter(std::string(1000, 'd'), milliseconds(1)), line::fate::travels);
}

TEST(Line, LosesItsShareAndTheSameForTheSameSeed) {
    auto settings = far();
    settings.loss = 0.1;
    line one(settings, 0), same(settings, 0);
    for (int packet = 0; packet < 10'000; ++packet) {
        EXPECT_EQ(one.enter("a", milliseconds(0)), same.enter("a", milliseconds(0)));
    }
    EXPECT_NEAR(static_cast<double>(one.lost()), 1000, 150);
}

TEST(LinkSettings, AreReadWithTheirUnits) {
    EXPECT_EQ(parse_duration("260ms"), milliseconds(260));
    EXPECT_EQ(parse_duration("0.5s"), milliseconds(500));
    EXPECT_EQ(parse_bandwidth("100Mbit"), 100'000'000u);
    EXPECT_EQ(parse_share("0.1%"), 0.001);
    EXPECT_EQ(parse_share("0.25"), 0.25);
    for (const char* wrong : {"", "260", "ms", "-1ms", "1h"})
        EXPECT_FALSE(parse_duration(wrong)) << wrong;
    for (const char* wrong : {"", "100", "100MB"})
        EXPECT_FALSE(parse_bandwidth(wrong)) << wrong;
    for (const char* wrong : {"", "100%", "1.5", "1x"})
        EXPECT_FALSE(parse_share(wrong)) << wrong;
}

}  // namespace
}  // namespace nearside::farlink
