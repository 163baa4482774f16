#include "cache/wire_bytes.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

TEST(wire_bytes_test, what_is_written_is_read) {
    byte_writer into;
    into.number(std::uint8_t{200});
    into.number(std::uint16_t{0xfedc});
    into.number(std::uint32_t{0xfedcba98});
    into.number(std::uint64_t{0xfedcba9876543210});
    into.signed_number(-5);
    into.text("a text");
    const std::string bytes = into.take();

    byte_reader from(bytes);
    EXPECT_EQ(from.number<std::uint8_t>(), 200);
    EXPECT_EQ(from.number<std::uint16_t>(), 0xfedc);
    EXPECT_EQ(from.number<std::uint32_t>(), 0xfedcba98);
    EXPECT_EQ(from.number<std::uint64_t>(), 0xfedcba9876543210);
    EXPECT_EQ(from.signed_number(), -5);
    EXPECT_EQ(from.text(), "a text");
    EXPECT_TRUE(from.ok());
    EXPECT_EQ(from.left(), 0U);
}

TEST(wire_bytes_test, numbers_begin_with_their_least_byte) {
    byte_writer into;
    into.number(std::uint32_t{0x01020304});
    EXPECT_EQ(into.written(), "\x04\x03\x02\x01");
}

TEST(wire_bytes_test, after_the_end_there_is_nothing_and_it_is_told) {
    byte_reader from("abc");
    EXPECT_EQ(from.number<std::uint32_t>(), 0U);
    EXPECT_FALSE(from.ok());
    EXPECT_EQ(from.number<std::uint8_t>(), 0U);
    EXPECT_EQ(from.text(), "");
}

TEST(wire_bytes_test, a_count_of_more_items_than_bytes_can_hold_is_refused) {
    byte_writer into;
    into.count(3);
    into.raw("12345678");
    byte_reader two_bytes_each(into.written()), four_bytes_each(into.written());
    EXPECT_EQ(two_bytes_each.count(2), 3U);
    EXPECT_EQ(four_bytes_each.count(4), 0U);
    EXPECT_FALSE(four_bytes_each.ok());
}

}  // namespace
}  // namespace nearside::cache
