#include "core/json_string.h"

#include <gtest/gtest.h>

namespace nearside {
namespace {

TEST(json_string, escapes_what_json_and_terminals_need) {
    EXPECT_EQ(json_string("a\"b\\c\n\r\t\x01"), R"("a\"b\\c\n\r\t\u0001")");
    EXPECT_EQ(json_string("\x1b\x7f\xc2\x9b"), R"("\u001b\u007f\u009b")");
    EXPECT_EQ(json_string(""), R"("")");
    EXPECT_EQ(json_string(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(json_string, other_text_stays_as_it_is) {
    EXPECT_EQ(json_string("\xc3\xa9\xf0\x9f\x98\x80 /"), "\"\xc3\xa9\xf0\x9f\x98\x80 /\"");
}

TEST(json_string, bytes_that_are_not_utf8_become_replacement_characters) {
    EXPECT_EQ(json_string("\xc0\x80"), R"("\ufffd\ufffd")");
    EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");
    EXPECT_EQ(json_string("\xf5"), R"("\ufffd")");
    EXPECT_EQ(json_string("\xe2\x82"), R"("\ufffd\ufffd")");
}

}  // namespace
}  // namespace nearside
