#include "tests/unit/config/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

stream_settings streams_of(const std::string& text) {
    const load_outcome loaded = load_text("f", text + some_upstream, environment_of({}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    return loaded.value.streams;
}

TEST(stream_settings, an_empty_section_is_all_defaults) {
    const stream_settings streams = streams_of("streams:\n");
    EXPECT_EQ(streams.max, 20'000u);
    EXPECT_EQ(streams.heartbeat, milliseconds{15'000});
    EXPECT_EQ(streams.patch_share, 0.5);
}

TEST(stream_settings, every_key_is_read) {
    const stream_settings streams = streams_of(
        "streams:\n"
        "  {max: 0, per_client: 2, views: 3, heartbeat: 4s, retry: 5s, wait_limit: 6s, linger: 7s, history: 0,\n"
        "   history_bytes: 8, snapshot_limit: 9, patch_share: 0.25, buffer: 11KiB}\n");
    EXPECT_EQ(streams.max, 0u);
    EXPECT_EQ(streams.per_client, 2u);
    EXPECT_EQ(streams.views, 3u);
    EXPECT_EQ(streams.heartbeat, milliseconds{4'000});
    EXPECT_EQ(streams.retry, milliseconds{5'000});
    EXPECT_EQ(streams.wait_limit, milliseconds{6'000});
    EXPECT_EQ(streams.linger, milliseconds{7'000});
    EXPECT_EQ(streams.history, 0u);
    EXPECT_EQ(streams.history_bytes, 8u);
    EXPECT_EQ(streams.snapshot_limit, 9u);
    EXPECT_EQ(streams.patch_share, 0.25);
    EXPECT_EQ(streams.buffer, 11u * 1024);
}

TEST(stream_settings, what_is_out_of_bounds_is_complained_about_key_by_key) {
    EXPECT_THAT(
        complaints_about(std::string("streams: {patch_share: 1.5, views: 0, heartbeat: 1ms}\n") + some_upstream),
        ElementsAre(HasSubstr("`1.5` is no share"), HasSubstr("`views` of `streams` is out of range"),
                    HasSubstr("`heartbeat` of `streams`")));
}

TEST(view_settings, items_of_its_lists_are_told_apart_by_a_member_of_its_choice) {
    const std::string view = "views: {v: {path: /v, item_id: key, steps: {a: {get: /a}}}}\n";
    EXPECT_EQ(load_text("f", view + some_upstream, environment_of({})).value.views.at(0).item_id, "key");
}

}  // namespace
}  // namespace nearside::config
