#include "core/ascii.h"

#include <gtest/gtest.h>

namespace nearside {
namespace {

TEST(ascii, letters_alone_have_a_case) {
    EXPECT_EQ(lower_case("Content-Type: [@Z`\xC3\x84]"), "content-type: [@z`\xC3\x84]");
}

TEST(ascii, blanks_around_a_text_are_spaces_and_tabs) {
    EXPECT_EQ(trimmed(" \t a b\t "), "a b");
    EXPECT_EQ(trimmed("\r\n"), "\r\n");
    EXPECT_EQ(trimmed(" \t "), "");
    EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace nearside
