#include "cache/freshness.h"

#include "tests/support/fields.h"
#include "tests/unit/cache/example_date.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace nearside::cache {
namespace {

using nearside::testing::fields;
using std::chrono::hours;

milliseconds age(std::initializer_list<header_fields::field> given, milliseconds delay = milliseconds{0}) {
    return corrected_initial_age(fields(given), {.requested = example_now - delay, .received = example_now});
}

freshness_lifetime lifetime_of(const header_fields& response) {
    return explicit_lifetime(response, read_origin_word(response), example_now);
}

freshness_lifetime heuristic_of(int status, const header_fields& response) {
    return heuristic_lifetime(status, response, read_origin_word(response), example_now);
}

TEST(age, is_the_larger_of_what_date_and_what_age_and_delay_tell) {
    EXPECT_EQ(age({}), milliseconds{0});
    EXPECT_EQ(age({{"Date", example_date(seconds{-7200})}}), seconds{7200});
    EXPECT_EQ(age({{"Date", example_date(seconds{0})}, {"Age", "30"}}, milliseconds{260}), milliseconds{30'260});
    EXPECT_EQ(age({{"Date", example_date(seconds{-100})}, {"Age", "30"}}), seconds{100});
}

TEST(age, a_date_ahead_or_missing_or_broken_makes_nothing_younger) {
    EXPECT_EQ(age({{"Date", example_date(seconds{500})}, {"Age", "7"}}), seconds{7});
    EXPECT_EQ(age({{"Date", "foo"}}), milliseconds{0});
    EXPECT_EQ(date_of(fields({{"Date", "foo"}}), example_now), std::chrono::floor<seconds>(example_now));
}

TEST(age, part_of_a_second_that_date_cannot_tell_is_not_counted) {
    const wall_time late = example_now + milliseconds{900};
    EXPECT_EQ(
        corrected_initial_age(fields({{"Date", example_date(seconds{0})}}), {.requested = late, .received = late}),
        milliseconds{0});
}

TEST(age, of_a_list_or_several_lines_the_first_counts_and_what_is_no_number_is_ignored) {
    EXPECT_EQ(age({{"Age", "7200, 0"}}), seconds{7200});
    EXPECT_EQ(age({{"Age", "0 , 7200"}}), seconds{0});
    EXPECT_EQ(age({{"Age", "7200"}, {"Age", "0"}}), seconds{7200});
    EXPECT_EQ(age({{"Age", "0"}, {"Age", "7200"}}), seconds{0});
    for (const std::string_view broken : {"abc", "-7200", "7200.0", "7200;foo=bar", "", "0x10", "+5"}) {
        EXPECT_EQ(age({{"Age", broken}}), seconds{0}) << broken;
    }
}

TEST(age, beyond_two_to_the_31_is_two_to_the_31) {
    EXPECT_EQ(age({{"Age", "2147483647"}}), seconds{2'147'483'647});
    EXPECT_EQ(age({{"Age", "2147483648"}}), longest_delta);
    EXPECT_EQ(age({{"Age", "99999999999999999999999999"}}), longest_delta);
    EXPECT_EQ(age({{"Date", "Mon, 01 Jan 0001 00:00:00 GMT"}}), longest_delta);
}

TEST(freshness, s_maxage_outranks_max_age_which_outranks_expires) {
    const auto both = lifetime_of(fields({{"Cache-Control", "max-age=1, s-maxage=3600"}, {"Expires", "0"}}));
    EXPECT_EQ(both.source, freshness_source::s_maxage);
    EXPECT_EQ(both.value, seconds{3600});
    const auto max_age = lifetime_of(fields({{"Cache-Control", "max-age=5"}, {"Expires", example_date(seconds{99})}}));
    EXPECT_EQ(max_age.source, freshness_source::max_age);
    EXPECT_EQ(max_age.value, seconds{5});
}

TEST(freshness, expires_counts_from_date_and_from_the_arrival_where_there_is_none) {
    EXPECT_EQ(lifetime_of(fields({{"Expires", example_date(seconds{20})}, {"Date", example_date(seconds{10})}})).value,
              seconds{10});
    EXPECT_EQ(lifetime_of(fields({{"Expires", example_date(seconds{10})}, {"Date", "foo"}})).value, seconds{10});
    EXPECT_EQ(
        lifetime_of(fields({{"Expires", example_date(seconds{300})}, {"Date", example_date(seconds{400})}})).value,
        seconds{0});
    EXPECT_EQ(lifetime_of(fields({})).source, freshness_source::none);
}

TEST(freshness, an_expires_that_is_no_date_is_the_past) {
    for (const std::string_view broken :
         {"0", "", "-1", "Thu, 18 Aug 2050 02:01:18 UTC", "Thu, 18 Aug 2050 02:01:18 AEST",
          "Thu, 18 Aug 50 02:01:18 GMT", "Thu 18 Aug 2050 02:01:18 GMT", "Thu, 18  Aug  2050 02:01:18 GMT",
          "Thu, 18-Aug-2050 02:01:18 GMT", "Thu, 18 Aug 2050 02.01.18 GMT", "Thu, 18 Aug 2050 2:01:18 GMT"}) {
        const auto told = lifetime_of(fields({{"Expires", broken}}));
        EXPECT_EQ(told.source, freshness_source::expires) << broken;
        EXPECT_EQ(told.value, seconds{0}) << broken;
    }
    EXPECT_EQ(lifetime_of(fields({{"Expires", example_date(seconds{60})}, {"Expires", "0"}})).value, seconds{0})
        << "of several the earliest counts";
}

TEST(freshness, every_form_of_date_is_read_whatever_its_letter_case_and_year) {
    for (const std::string_view good :
         {"Thursday, 18-Aug-30 02:01:18 GMT", "Thu Aug  8 02:01:18 2050", "THU, 18 Aug 2050 02:01:18 GMT",
          "Thu, 18 AUG 2050 02:01:18 GMT", "Thu, 18 Aug 2050 02:01:18 gMT", "Sun, 21 Nov 2286 04:46:39 GMT",
          "Tue, 19 Jan 2038 14:14:08 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
        const auto told = lifetime_of(fields({{"Expires", good}}));
        EXPECT_GT(told.value, hours{24 * 365}) << good;
        EXPECT_LE(told.value, longest_delta) << good;
    }
}

TEST(freshness, the_heuristic_is_a_tenth_of_the_time_since_the_last_change_and_a_day_at_most) {
    const auto hour_ago =
        heuristic_of(200, fields({{"Last-Modified", example_date(hours{-1})}, {"Date", example_date(seconds{0})}}));
    EXPECT_EQ(hour_ago.source, freshness_source::heuristic);
    EXPECT_EQ(hour_ago.value, seconds{360});
    EXPECT_EQ(heuristic_of(200, fields({{"Last-Modified", example_date(hours{-24 * 365})}})).value, hours{24});
    EXPECT_EQ(heuristic_of(200, fields({{"Last-Modified", example_date(seconds{60})}})).value, seconds{0});
    EXPECT_EQ(heuristic_of(200, fields({})).source, freshness_source::none);
    EXPECT_EQ(heuristic_of(200, fields({{"Last-Modified", "yesterday"}})).source, freshness_source::none);
}

TEST(freshness, the_heuristic_is_for_statuses_that_allow_it_and_for_public_responses) {
    const header_fields old = fields({{"Last-Modified", example_date(hours{-24})}});
    for (const int status : {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
        EXPECT_EQ(heuristic_of(status, old).source, freshness_source::heuristic) << status;
    for (const int status : {201, 202, 302, 307, 400, 403, 500, 502, 503, 504, 599})
        EXPECT_EQ(heuristic_of(status, old).source, freshness_source::none) << status;
    header_fields shared = old;
    shared.append("Cache-Control", "public");
    EXPECT_EQ(heuristic_of(599, shared).source, freshness_source::heuristic);
}

TEST(targeted_cache_control, stands_instead_of_cache_control_and_expires) {
    const header_fields longer =
        fields({{"Cache-Control", "no-store, max-age=1"}, {"CDN-Cache-Control", "foo, max-age=3600"}});
    EXPECT_TRUE(read_origin_word(longer).targeted);
    EXPECT_FALSE(read_origin_word(longer).says.no_store);
    EXPECT_EQ(lifetime_of(longer).value, seconds{3600});
    const header_fields silent = fields({{"CDN-Cache-Control", "none"}, {"Expires", example_date(seconds{60})}});
    EXPECT_EQ(lifetime_of(silent).source, freshness_source::none);
    EXPECT_EQ(lifetime_of(fields({{"CDN-Cache-Control", "max-age=99999999999"}})).value, longest_delta);
    EXPECT_EQ(lifetime_of(fields({{"CDN-Cache-Control", "max-age=-5"}})).value, seconds{0});
    EXPECT_TRUE(read_origin_word(fields({{"CDN-Cache-Control", "private"}})).says.is_private);
    EXPECT_EQ(read_origin_word(fields({{"CDN-Cache-Control", "no-cache=\"a, b\""}})).says.no_cache_fields.size(), 2U);
}

TEST(targeted_cache_control, that_is_broken_or_empty_or_of_another_type_is_ignored_whole) {
    for (const std::string_view broken :
         {"", "max-age=10000, &&&&&", "max-age=\"10000\"", "MaX-aGe=3600", "max-age =100", "max-age= 100",
          "max-age=1.5", "max-age", "no-store=1", "private=(a b)", "max-age=60, no-store=?0"}) {
        const header_fields response = fields({{"Cache-Control", "max-age=7"}, {"CDN-Cache-Control", broken}});
        EXPECT_FALSE(read_origin_word(response).targeted) << broken;
        EXPECT_EQ(lifetime_of(response).value, seconds{7}) << broken;
    }
}

TEST(targeted_cache_control, may_come_in_several_lines) {
    const header_fields response =
        fields({{"CDN-Cache-Control", "max-age=60"}, {"CDN-Cache-Control", "must-revalidate"}});
    EXPECT_TRUE(read_origin_word(response).says.must_revalidate);
    EXPECT_EQ(lifetime_of(response).value, seconds{60});
}

}  // namespace
}  // namespace nearside::cache
