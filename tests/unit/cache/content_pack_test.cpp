#include "cache/content_pack.h"

#include "tests/support/stored_entries.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using testing::json_list;
using testing::noise;
using testing::random_bits;

struct packed_parts {
    packing how = packing::plain;
    std::vector<std::string> parts;
    std::uint64_t size = 0, checksum = 0, packed_bytes = 0;
};

packed_parts pack(body content, std::size_t part, bool may_compress = true) {
    packed_parts made{.how = packing::plain, .parts = {}, .size = content.size()};
    content_packer packer(std::move(content), may_compress);
    made.how = packer.how();
    while (!packer.at_end())
        made.parts.push_back(packer.next(part));
    made.checksum = packer.checksum();
    made.packed_bytes = packer.packed_bytes();
    return made;
}

std::optional<std::string> unpack(const packed_parts& from) {
    content_unpacker unpacker(from.how, from.size, from.checksum);
    for (const std::string& each : from.parts)
        if (!unpacker.take(each)) return std::nullopt;
    const auto pieces = unpacker.finish();
    if (!pieces) return std::nullopt;
    std::string whole;
    for (const buffer& each : *pieces)
        whole += each.view();
    return whole;
}

TEST(content_pack_test, json_shrinks_and_comes_back) {
    random_bits bits(1);
    const std::string text = json_list(bits, 3'000'000);
    const packed_parts packed = pack(body(text), 100'000);
    EXPECT_EQ(packed.how, packing::zstd);
    EXPECT_LT(packed.packed_bytes, text.size() / 2);
    EXPECT_TRUE(unpack(packed) == text);
}

TEST(content_pack_test, every_part_but_the_last_is_full) {
    random_bits bits(2);
    for (const bool compressed : {true, false}) {
        const packed_parts packed = pack(body(json_list(bits, 500'000)), 7'777, compressed);
        ASSERT_GT(packed.parts.size(), 2U);
        for (std::size_t at = 0; at + 1 < packed.parts.size(); ++at)
            ASSERT_EQ(packed.parts[at].size(), 7'777U);
    }
}

TEST(content_pack_test, what_does_not_shrink_stays_as_it_is) {
    random_bits bits(3);
    const std::string text = noise(bits, 200'000);
    const packed_parts packed = pack(body(text), 50'000);
    EXPECT_EQ(packed.how, packing::plain);
    EXPECT_EQ(packed.packed_bytes, text.size());
    EXPECT_TRUE(unpack(packed) == text);
}

TEST(content_pack_test, what_shrinks_at_its_beginning_only_comes_back_too) {
    random_bits bits(4);
    const std::string text = json_list(bits, 100'000) + noise(bits, 400'000);
    const packed_parts packed = pack(body(text), 1'000'000);
    EXPECT_EQ(packed.how, packing::zstd);
    EXPECT_TRUE(unpack(packed) == text);
}

TEST(content_pack_test, nothing_is_nothing) {
    const packed_parts packed = pack(body(), 100);
    EXPECT_TRUE(packed.parts.empty());
    EXPECT_EQ(unpack(packed), "");
}

TEST(content_pack_test, pieces_hold_no_more_than_a_bound_and_are_padded) {
    random_bits bits(5);
    const packed_parts packed = pack(body(json_list(bits, 2 * piece_bytes + 5)), 1 << 20);
    content_unpacker unpacker(packed.how, packed.size, packed.checksum);
    for (const std::string& each : packed.parts)
        ASSERT_TRUE(unpacker.take(each));
    const auto pieces = unpacker.finish();
    ASSERT_TRUE(pieces);
    ASSERT_EQ(pieces->size(), 3U);
    for (const buffer& each : *pieces) {
        EXPECT_LE(each.size(), piece_bytes);
        EXPECT_EQ(std::string(each.data() + each.size(), buffer::padding), std::string(buffer::padding, '\0'));
    }
}

TEST(content_pack_test, a_content_of_another_size_than_was_told_is_refused) {
    random_bits bits(6);
    for (const bool compressed : {true, false}) {
        packed_parts packed = pack(body(json_list(bits, 50'000)), 1 << 20, compressed);
        packed.size += 1;
        EXPECT_EQ(unpack(packed), std::nullopt);
        packed.size -= 2;
        EXPECT_EQ(unpack(packed), std::nullopt);
    }
}

TEST(content_pack_test, parts_in_another_order_missing_or_doubled_are_refused) {
    random_bits bits(7);
    for (const bool compressed : {true, false}) {
        const packed_parts packed = pack(body(json_list(bits, 500'000)), 10'000, compressed);
        packed_parts swapped = packed, shortened = packed, doubled = packed;
        std::swap(swapped.parts[1], swapped.parts[2]);
        shortened.parts.pop_back();
        doubled.parts.push_back(doubled.parts.back());
        EXPECT_EQ(unpack(swapped), std::nullopt);
        EXPECT_EQ(unpack(shortened), std::nullopt);
        EXPECT_EQ(unpack(doubled), std::nullopt);
    }
}

TEST(content_pack_test, a_bomb_stops_at_the_size_that_was_told) {
    packed_parts packed = pack(body(std::string(64 * 1024 * 1024, '0')), 1 << 20);
    ASSERT_EQ(packed.how, packing::zstd);
    packed.size = 1'000;
    EXPECT_EQ(unpack(packed), std::nullopt);
}

}  // namespace
}  // namespace nearside::cache
