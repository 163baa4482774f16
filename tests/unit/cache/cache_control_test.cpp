#include "cache/cache_control.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

cache_control read(std::string_view value) {
    cache_control into;
    read_cache_control(value, into);
    return into;
}

TEST(cache_control, reads_directives_whatever_their_case_and_spacing) {
    const cache_control read_back = read("  Max-Age=60 ,NO-STORE,, s-maxage=\"5\", foo=bar, stale-if-error=7");
    EXPECT_EQ(read_back.max_age, seconds{60});
    EXPECT_EQ(read_back.s_maxage, seconds{5});
    EXPECT_EQ(read_back.stale_if_error, seconds{7});
    EXPECT_TRUE(read_back.no_store);
    EXPECT_FALSE(read_back.no_cache);
}

TEST(cache_control, a_comma_in_a_quoted_string_ends_nothing) {
    const cache_control read_back = read("private=\"set-cookie, no-store\", max-age=3");
    EXPECT_TRUE(read_back.is_private);
    EXPECT_FALSE(read_back.no_store);
    EXPECT_EQ(read_back.max_age, seconds{3});
}

TEST(cache_control, what_is_not_a_number_is_stale_at_once_and_what_is_huge_is_bounded) {
    EXPECT_EQ(read("max-age=ten").max_age, seconds{0});
    EXPECT_EQ(read("max-age=-1").max_age, seconds{0});
    EXPECT_EQ(read("max-age").max_age, seconds{0});
    EXPECT_EQ(read("max-age=99999999999999999999999").max_age, seconds{std::int64_t{1} << 31});
}

TEST(cache_control, the_stricter_of_two_counts) {
    EXPECT_EQ(read("max-age=5, max-age=9").max_age, seconds{5});
    header_fields fields;
    fields.append("Cache-Control", "max-age=9");
    fields.append("cache-control", "max-age=5, no-cache");
    EXPECT_EQ(read_cache_control(fields).max_age, seconds{5});
    EXPECT_TRUE(read_cache_control(fields).no_cache);
}

TEST(cache_control, max_stale_without_argument_means_any) {
    EXPECT_EQ(read("max-stale").max_stale, seconds::max());
    EXPECT_EQ(read("max-stale=4").max_stale, seconds{4});
}

}  // namespace
}  // namespace nearside::cache
