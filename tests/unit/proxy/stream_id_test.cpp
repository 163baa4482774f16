#include "proxy/stream_id.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

TEST(stream_id, carries_the_position_in_each_view) {
    std::string id;
    append_position(id, "aaaaaaaa", 7);
    EXPECT_EQ(id, "aaaaaaaa-7");
    append_position(id, "bbbbbbbb", 18'446'744'073'709'551'615ULL);
    const stream_positions seen(id);
    EXPECT_EQ(seen.find("aaaaaaaa"), 7u);
    EXPECT_EQ(seen.find("bbbbbbbb"), 18'446'744'073'709'551'615ULL);
    EXPECT_EQ(seen.find("cccccccc"), std::nullopt);
}

TEST(stream_id, what_is_no_position_is_not_seen) {
    for (const char* id : {"", ".", "-", "aaaaaaaa", "aaaaaaaa-", "aaaaaaaa-x", "aaaaaaaa-1x", "aaaaaaaa--1",
                           "aaaaaaaa-18446744073709551616", "-1"})
        EXPECT_EQ(stream_positions(id).find("aaaaaaaa"), std::nullopt) << id;
    EXPECT_EQ(stream_positions("broken.aaaaaaaa-2..").find("aaaaaaaa"), 2u);
}

TEST(stream_id, is_read_no_further_than_any_stream_needs) {
    std::string id;
    for (std::size_t at = 0; at < stream_positions::most; ++at)
        append_position(id, "filler", at);
    append_position(id, "beyond", 1);
    EXPECT_EQ(stream_positions(id).find("beyond"), std::nullopt);
}

TEST(stream_epoch, differs_where_its_random_number_does) {
    EXPECT_EQ(make_stream_epoch(0), "00000000");
    EXPECT_NE(make_stream_epoch(1), make_stream_epoch(2));
    EXPECT_EQ(make_stream_epoch(~0ULL).find_first_of(".-"), std::string::npos);
}

}  // namespace
}  // namespace nearside::proxy
