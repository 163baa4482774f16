#include "core/http_date.h"

#include <gtest/gtest.h>

namespace nearside {
namespace {

using std::chrono::seconds;

constexpr http_time birth{seconds{784'111'777}};

TEST(http_date, is_written_in_the_preferred_form) {
    EXPECT_EQ(format_http_date(birth), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(http_date, is_read_in_all_three_forms_and_in_any_letter_case) {
    for (const std::string_view text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994", "SUN, 06 nov 1994 08:49:37 gmt"}) {
        EXPECT_EQ(parse_http_date(text, birth), birth) << text;
    }
}

TEST(http_date, anything_else_is_no_date) {
    for (const std::string_view text :
         {"", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
        EXPECT_FALSE(parse_http_date(text, birth)) << text;
    }
}

TEST(http_date, two_digits_of_a_year_mean_the_next_fifty_years_or_the_past) {
    using std::chrono::sys_days, std::chrono::year, std::chrono::November, std::chrono::January;
    const http_time in_2026 = sys_days{year{2026} / January / 1};
    const auto year_of = [](std::optional<http_time> date) {
        return static_cast<int>(
            std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(date.value())}.year());
    };
    EXPECT_EQ(year_of(parse_http_date("Thursday, 18-Aug-50 02:01:18 GMT", in_2026)), 2050);
    EXPECT_EQ(year_of(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", in_2026)), 1994);
    EXPECT_EQ(year_of(parse_http_date("Sunday, 06-Nov-75 08:49:37 GMT", in_2026)), 2075);
    EXPECT_EQ(year_of(parse_http_date("Sunday, 06-Nov-76 08:49:37 GMT", in_2026)), 1976);
    const http_time in_2090 = sys_days{year{2090} / November / 1};
    EXPECT_EQ(year_of(parse_http_date("Sunday, 06-Nov-10 08:49:37 GMT", in_2090)), 2110);
    EXPECT_EQ(year_of(parse_http_date("Sunday, 06-Nov-60 08:49:37 GMT", in_2090)), 2060);
}

TEST(http_date, far_years_fit) {
    EXPECT_EQ(format_http_date(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT", birth).value()),
              "Fri, 31 Dec 9999 23:59:59 GMT");
}

}  // namespace
}  // namespace nearside
