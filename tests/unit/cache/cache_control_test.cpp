#include "cache/cache_control.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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
    EXPECT_FALSE(read_back.is_private);
    EXPECT_EQ(read_back.private_fields, (std::vector<std::string>{"set-cookie", "no-store"}));
    EXPECT_FALSE(read_back.no_store);
    EXPECT_EQ(read_back.max_age, seconds{3});
    EXPECT_EQ(read("extension=\"max-age=3600\", max-age=1").max_age, seconds{1});
    EXPECT_EQ(read("max-age=1, extension=\"max-age=3600\"").max_age, seconds{1});
}

TEST(cache_control, a_quote_that_is_never_closed_or_stands_elsewhere_swallows_no_veto) {
    EXPECT_TRUE(read("private=\"set-cookie, no-store").no_store);
    EXPECT_TRUE(read("foo\"bar, no-store, x\"").no_store);
    EXPECT_TRUE(read("a=b\"c, no-cache").no_cache);
    EXPECT_TRUE(read("ext=\"a\\\", no-store").no_store) << "an escaped quote closes nothing";
    EXPECT_TRUE(read("ext=\"a\" b, no-store").no_store);
}

TEST(cache_control, qualified_forms_name_fields_and_what_cannot_be_read_is_the_bare_form) {
    EXPECT_EQ(read("no-cache=\"Set-Cookie\"").no_cache_fields, std::vector<std::string>{"Set-Cookie"});
    EXPECT_FALSE(read("no-cache=\"Set-Cookie\"").no_cache);
    EXPECT_EQ(read("private=x-user").private_fields, std::vector<std::string>{"x-user"});
    EXPECT_TRUE(read("private").is_private);
    EXPECT_TRUE(read("private=").is_private);
    EXPECT_TRUE(read("no-cache=\"\"").no_cache);
    EXPECT_TRUE(read("no-cache=\"a b\"").no_cache);
    const cache_control both = read("private=\"a\", private");
    EXPECT_TRUE(both.is_private);
}

TEST(cache_control, spaces_around_the_equals_sign_make_the_argument_invalid) {
    EXPECT_EQ(read("max-age =3600").max_age, seconds{0});
    EXPECT_EQ(read("max-age= 3600").max_age, seconds{0});
    EXPECT_EQ(read("max-age='3600'").max_age, seconds{0});
    EXPECT_EQ(read("max-age=3600.0").max_age, seconds{0});
    EXPECT_EQ(read("max-age=\"3600\"").max_age, seconds{3600});
    EXPECT_EQ(read("max-age=003600").max_age, seconds{3600});
}

TEST(cache_control, reads_every_directive_that_a_cache_acts_on) {
    const cache_control all = read(
        "public, must-revalidate, proxy-revalidate, must-understand, no-transform, immutable, only-if-cached, "
        "no-store, no-cache, stale-while-revalidate=1, min-fresh=2, max-stale=3");
    EXPECT_TRUE(all.is_public && all.must_revalidate && all.proxy_revalidate && all.must_understand);
    EXPECT_TRUE(all.no_transform && all.immutable && all.only_if_cached && all.no_store && all.no_cache);
    EXPECT_EQ(all.stale_while_revalidate, seconds{1});
    EXPECT_EQ(all.min_fresh, seconds{2});
    EXPECT_EQ(all.max_stale, seconds{3});
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

TEST(cache_control, pragma_stands_for_it_in_a_request_that_has_none) {
    header_fields fields;
    fields.append("Pragma", "No-Cache");
    EXPECT_TRUE(read_request_directives(fields).no_cache);
    EXPECT_FALSE(read_cache_control(fields).no_cache);
    fields.append("Cache-Control", "max-age=5");
    EXPECT_FALSE(read_request_directives(fields).no_cache);
    EXPECT_EQ(read_request_directives(fields).max_age, seconds{5});
}

TEST(cache_control, max_stale_without_argument_means_any) {
    EXPECT_EQ(read("max-stale").max_stale, seconds::max());
    EXPECT_EQ(read("max-stale=4").max_stale, seconds{4});
}

}  // namespace
}  // namespace nearside::cache
