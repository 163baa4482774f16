#include "aggregators/rope.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

bool points_into(const buffer& document, const slice& part) {
    return part.bytes.data() >= document.data() && part.bytes.data() < document.data() + document.size();
}

TEST(rope, copies_short_pieces_together_and_shares_long_ones) {
    const buffer document = buffer::copy_of(std::string(20'000, 'd'));
    rope text;
    text.append("[");
    text.append(document, 10, 20);
    text.append(',');
    text.append(document, 100, 15'000);
    text.append("]");
    const body whole = std::move(text).finish();
    EXPECT_EQ(whole.to_string(), "[" + std::string(10, 'd') + "," + std::string(14'900, 'd') + "]");
    ASSERT_EQ(whole.slices().size(), 3u);
    EXPECT_FALSE(points_into(document, whole.slices()[0]));
    EXPECT_TRUE(points_into(document, whole.slices()[1]));
}

TEST(rope, joins_stretches_that_stand_side_by_side) {
    const buffer document = buffer::copy_of(std::string(20'000, 'd'));
    rope text;
    text.append(document, 0, 10'000);
    text.append(document, 10'000, 20'000);
    EXPECT_EQ(std::move(text).finish().slices().size(), 1u);
}

TEST(rope, does_not_keep_a_large_document_alive_for_a_small_part_of_it) {
    const buffer document = buffer::copy_of(std::string(1'000'000, 'd'));
    rope text;
    text.append(document, 0, 5'000);
    const body whole = std::move(text).finish();
    ASSERT_EQ(whole.slices().size(), 1u);
    EXPECT_FALSE(points_into(document, whole.slices()[0]));
    EXPECT_EQ(whole.to_string(), std::string(5'000, 'd'));
}

TEST(rope, goes_back_to_a_mark_over_chunks_and_shared_stretches) {
    const buffer document = buffer::copy_of(std::string(20'000, 'd'));
    rope text;
    text.append("kept");
    const rope::mark place = text.here();
    for (int round = 0; round < 1000; ++round)
        text.append("forgotten");
    text.append(document, 0, 20'000);
    text.back_to(place);
    EXPECT_EQ(text.size(), 4u);
    text.append("!");
    EXPECT_EQ(std::move(text).finish().to_string(), "kept!");
}

TEST(rope, takes_over_another_one_whole) {
    std::string expected = "(";
    rope inner;
    for (int round = 0; round < 20'000; ++round) {
        inner.append("0123456789");
        expected += "0123456789";
    }
    rope outer;
    outer.append("(");
    outer.splice(std::move(inner));
    outer.append(")");
    EXPECT_EQ(outer.size(), expected.size() + 1);
    EXPECT_EQ(std::move(outer).finish().to_string(), expected + ")");
}

TEST(rope, is_used_again_after_being_cleared) {
    const buffer document = buffer::copy_of(std::string(20'000, 'd'));
    rope text;
    for (int round = 0; round < 3; ++round) {
        text.clear();
        for (int piece = 0; piece < 500; ++piece)
            text.append("abcdefgh");
        text.append(document, 0, 9'000);
        EXPECT_EQ(text.size(), 13'000u);
    }
    rope other;
    other.append(text);
    EXPECT_EQ(other.size(), 13'000u);
    EXPECT_TRUE(std::move(other).finish().to_string().ends_with("abcdefgh" + std::string(9'000, 'd')));
}

}  // namespace
}  // namespace nearside::aggregators
