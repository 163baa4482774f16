#include "aggregators/json_text.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

TEST(json_text, decodes_every_escape_and_refuses_half_a_pair) {
    std::string text;
    EXPECT_TRUE(decode_json_string(R"("a\"\\\/\b\f\n\r\t\u0041\ud55c\uD83D\uDE00z")", text));
    EXPECT_EQ(text, "a\"\\/\b\f\n\r\tA한😀z");
    for (const std::string_view half : {R"("\ud83d")", R"("\ude00")", R"("\ud83d\u0041")", R"("\ud83dx")"})
        EXPECT_FALSE(decode_json_string(half, text)) << half;
}

TEST(json_text, compares_numbers_by_value_however_they_are_written) {
    EXPECT_EQ(compare_json_numbers("1", "1.0"), std::strong_ordering::equal);
    EXPECT_EQ(compare_json_numbers("-0", "0.00e7"), std::strong_ordering::equal);
    EXPECT_EQ(compare_json_numbers("120e-1", "1.2E+1"), std::strong_ordering::equal);
    EXPECT_EQ(compare_json_numbers("9007199254740993", "9007199254740992"), std::strong_ordering::greater);
    EXPECT_EQ(compare_json_numbers("-2", "1"), std::strong_ordering::less);
    EXPECT_EQ(compare_json_numbers("-2", "-10"), std::strong_ordering::greater);
    EXPECT_EQ(compare_json_numbers("0.09", "0.1"), std::strong_ordering::less);
    EXPECT_EQ(compare_json_numbers("1e999999999999999999999", "2e300"), std::strong_ordering::greater);
    EXPECT_EQ(compare_json_numbers("1e-999999999999999999999", "0"), std::strong_ordering::greater);
}

TEST(json_text, tells_numbers_from_what_looks_like_them) {
    for (const std::string_view number : {"0", "-1", "1.5", "1e3", "1E+3", "-0.0e-7", "12345678901234567890"})
        EXPECT_TRUE(is_json_number(number)) << number;
    for (const std::string_view other : {"", "-", "01", ".5", "1.", "1e", "+1", "0x1", "1 ", "1e+", "NaN"})
        EXPECT_FALSE(is_json_number(other)) << other;
}

}  // namespace
}  // namespace nearside::aggregators
