#include "config/units.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

namespace nearside::config {
namespace {

TEST(durations, are_a_number_and_a_unit) {
    EXPECT_EQ(parse_duration("800ms").value, milliseconds(800));
    EXPECT_EQ(parse_duration("5s").value, milliseconds(5'000));
    EXPECT_EQ(parse_duration("10m").value, milliseconds(600'000));
    EXPECT_EQ(parse_duration("2h").value, milliseconds(7'200'000));
    EXPECT_EQ(parse_duration("1d").value, milliseconds(86'400'000));
    EXPECT_EQ(parse_duration("0s").value, milliseconds(0));
}

TEST(durations, may_be_several_of_them_larger_first) {
    EXPECT_EQ(parse_duration("1h30m").value, milliseconds(5'400'000));
    EXPECT_EQ(parse_duration("1d2h3m4s5ms").value, milliseconds(93'784'005));
    EXPECT_FALSE(parse_duration("30m1h").value);
    EXPECT_FALSE(parse_duration("1h1h").value);
}

TEST(durations, are_refused_where_they_could_mean_something_else) {
    for (const std::string_view text : {"", "s", "5", "0", "-5s", "+5s", "1.5s", "5 s", " 5s", "5s ", "5S", "5sec",
                                        "5M", "1h30", "s5", "5s5", "0x5s", "1e3s"}) {
        EXPECT_FALSE(parse_duration(text).value) << text;
    }
}

TEST(durations, end_at_a_hundred_years) {
    EXPECT_EQ(parse_duration("36525d").value, milliseconds(3'155'760'000'000));
    for (const std::string_view text : {"36526d", "36525d1ms", "18446744073709551615ms", "18446744073709551616ms",
                                        "99999999999999999999999d", "213503982334601d"}) {
        const auto read = parse_duration(text);
        EXPECT_FALSE(read.value) << text;
        EXPECT_NE(read.what.find("too long"), std::string::npos) << read.what;
    }
}

TEST(durations, without_a_unit_are_mended_with_the_number_given) {
    EXPECT_EQ(parse_duration("30").mend, "give it a unit: `30s` or `30ms`");
}

TEST(durations, are_told_as_they_are_written) {
    for (const std::string_view text : {"0s", "1ms", "800ms", "1m30s", "1d2h3m4s5ms"}) {
        EXPECT_EQ(format_duration(*parse_duration(text).value), text);
    }
}

TEST(sizes, count_in_1024_or_in_1000) {
    EXPECT_EQ(parse_size("512MiB").value, 512ULL << 20U);
    EXPECT_EQ(parse_size("64KiB").value, 65'536U);
    EXPECT_EQ(parse_size("2GiB").value, 2ULL << 30U);
    EXPECT_EQ(parse_size("1TiB").value, 1ULL << 40U);
    EXPECT_EQ(parse_size("10MB").value, 10'000'000U);
    EXPECT_EQ(parse_size("64kB").value, 64'000U);
    EXPECT_EQ(parse_size("100B").value, 100U);
    EXPECT_EQ(parse_size("0").value, 0U);
    EXPECT_EQ(parse_size("1048576").value, 1'048'576U);
    EXPECT_EQ(parse_size("1gib").value, 1ULL << 30U);
}

TEST(sizes, are_refused_where_they_could_mean_something_else) {
    for (const std::string_view text :
         {"", "MiB", "64k", "64K", "1m", "1g", "-1", "1.5GiB", "5 MB", "5MBB", "18446744073709551616", "99999999TiB"}) {
        EXPECT_FALSE(parse_size(text).value) << text;
    }
}

TEST(sizes, are_told_as_they_are_written) {
    for (const std::string_view text : {"0B", "100B", "64KiB", "10MB", "512MiB", "3TiB"}) {
        EXPECT_EQ(format_size(*parse_size(text).value), text);
    }
}

TEST(numbers, are_digits_alone) {
    EXPECT_EQ(parse_number("0").value, 0U);
    EXPECT_EQ(parse_number("18446744073709551615").value, 18'446'744'073'709'551'615ULL);
    for (const std::string_view text : {"", "-1", "+1", "1.0", "0x1", "1 ", "ten", "18446744073709551616"}) {
        EXPECT_FALSE(parse_number(text).value) << text;
    }
}

TEST(shares, are_numbers_from_0_to_1) {
    EXPECT_EQ(parse_share("0").value, 0.0);
    EXPECT_EQ(parse_share("0.25").value, 0.25);
    EXPECT_EQ(parse_share("1").value, 1.0);
    for (const char* text : {"", "1.01", "-0.1", "half", "0.5x", "nan", "50%"})
        EXPECT_FALSE(parse_share(text).value) << text;
}

}  // namespace
}  // namespace nearside::config
