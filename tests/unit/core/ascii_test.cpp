#include "core/ascii.h"

#include <gtest/gtest.h>

namespace nearside {
namespace {

TEST(ascii, letters_alone_have_a_case) {
    EXPECT_EQ(lower_case("Content-Type: [@Z`\xC3\x84]"), "content-type: [@z`\xC3\x84]");
}

TEST(ascii, digits_and_letters_are_those_of_ascii) {
    for (int byte = 0; byte < 256; ++byte) {
        const char each = static_cast<char>(byte);
        EXPECT_EQ(is_digit(each), byte != 0 && std::string_view("0123456789").find(each) != std::string_view::npos);
        EXPECT_EQ(is_letter(each), (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) << byte;
    }
}

TEST(ascii, a_token_is_what_rfc_9110_says) {
    EXPECT_TRUE(is_token("GET"));
    EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
    EXPECT_FALSE(is_token(""));
    for (const char each : std::string_view("\0\x7F\xC3 \t\r\"(),/:;<=>?@[\\]{}", 23))
        EXPECT_FALSE(is_token(std::string{'a', each})) << static_cast<int>(each);
}

TEST(ascii, blanks_around_a_text_are_spaces_and_tabs) {
    EXPECT_EQ(trimmed(" \t a b\t "), "a b");
    EXPECT_EQ(trimmed("\r\n"), "\r\n");
    EXPECT_EQ(trimmed(" \t "), "");
    EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace nearside
