#include "core/percent_encoding.h"

#include <gtest/gtest.h>

namespace nearside {
namespace {

TEST(percent_encoding, hex_digits_are_of_either_case) {
    EXPECT_EQ(hex_digit('0'), 0);
    EXPECT_EQ(hex_digit('9'), 9);
    EXPECT_EQ(hex_digit('a'), 10);
    EXPECT_EQ(hex_digit('F'), 15);
    for (const char none : {'g', 'G', '/', ':', '@', '`', ' ', '\0'})
        EXPECT_EQ(hex_digit(none), -1) << none;
}

TEST(percent_encoding, everything_but_unreserved_bytes_is_encoded) {
    std::string out = "x";
    append_percent_encoded(out, "aZ09-._~ /?%&+\xEA");
    EXPECT_EQ(out, "xaZ09-._~%20%2F%3F%25%26%2B%EA");
}

TEST(percent_encoding, decoding_undoes_it) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every += static_cast<char>(byte);
    std::string out;
    append_percent_encoded(out, every);
    EXPECT_EQ(percent_decoded(out), every);
    EXPECT_EQ(percent_decoded("%c3%C3"), "\xC3\xC3");
}

TEST(percent_encoding, a_plus_is_a_space_in_a_form_alone) {
    EXPECT_EQ(percent_decoded("a+b"), "a+b");
    EXPECT_EQ(percent_decoded("a+b%2B", true), "a b+");
}

TEST(percent_encoding, half_an_escape_decodes_to_nothing) {
    for (const char* broken : {"%", "%4", "a%4", "%zz", "%4g", "%g4", "%%41"})
        EXPECT_FALSE(percent_decoded(broken)) << broken;
}

}  // namespace
}  // namespace nearside
