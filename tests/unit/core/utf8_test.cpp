#include "core/utf8.h"

#include <gtest/gtest.h>

#include <string_view>

namespace nearside {
namespace {

using namespace std::string_view_literals;

TEST(utf8, takes_the_first_and_last_character_of_each_length) {
    for (const std::string_view text :
         {"\0"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
          "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
        EXPECT_EQ(utf8_sequence(text, 0), text.size());
        EXPECT_EQ(find_invalid_utf8(text), std::string_view::npos);
    }
}

TEST(utf8, refuses_overlong_surrogate_and_beyond_the_last) {
    for (const std::string_view text :
         {"\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
          "\xF5\x80\x80\x80"sv, "\xFF"sv, "\x80"sv}) {
        EXPECT_EQ(utf8_sequence(text, 0), 0U);
    }
}

TEST(utf8, refuses_a_character_that_is_cut_off) {
    EXPECT_EQ(utf8_sequence("\xE2\x82"sv, 0), 0U);
    EXPECT_EQ(utf8_sequence("\xE2\x82z"sv, 0), 0U);
    EXPECT_EQ(utf8_sequence("\xF0\x9F\x98"sv, 0), 0U);
}

TEST(utf8, tells_where_a_text_breaks) {
    EXPECT_EQ(find_invalid_utf8("a\xED\x95\x9Cz\xFF"sv), 5U);
}

}  // namespace
}  // namespace nearside
