#include "core/http_date.h"

#include "core/http_message.h"

#include <fmt/format.h>

#include <array>

namespace nearside {

namespace {

using std::chrono::day;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// How far ahead a two-digit year may seem to be (RFC 9110 5.6.7).
constexpr std::chrono::years half_a_century{50};

constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> day_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_day_names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                            "Thursday", "Friday", "Saturday"};

// Reads a date from left to right; one failed step fails all that follow. Letter case doesn't matter: a cache should
// read it so (RFC 9111 4.2), and no two dates differ in it alone.
class reader {
public:
    explicit reader(std::string_view text) : rest_(text) {}

    void literal(std::string_view expected) {
        if (!iequals(rest_.substr(0, expected.size()), expected)) return fail();
        rest_.remove_prefix(expected.size());
    }

    template <std::size_t Count>
    unsigned one_of(const std::array<std::string_view, Count>& names) {
        for (unsigned at = 0; at < Count; ++at) {
            if (!iequals(rest_.substr(0, names[at].size()), names[at])) continue;
            rest_.remove_prefix(names[at].size());
            return at;
        }
        fail();
        return 0;
    }

    int digits(std::size_t count) {
        if (rest_.size() < count) {
            fail();
            return 0;
        }
        int number = 0;
        for (const char digit : rest_.substr(0, count)) {
            if (digit < '0' || digit > '9') {
                fail();
                return 0;
            }
            number = number * 10 + (digit - '0');
        }
        rest_.remove_prefix(count);
        return number;
    }

    // asctime pads the day with a space.
    int space_padded_digits() {
        if (rest_.starts_with(' ')) {
            rest_.remove_prefix(1);
            return digits(1);
        }
        return digits(2);
    }

    bool done() const { return good_ && rest_.empty(); }

private:
    void fail() {
        good_ = false;
        rest_ = {};
    }

    std::string_view rest_;
    bool good_ = true;
};

struct parts {
    int year_number = 0, month_index = 0, day_number = 0, hour = 0, minute = 0, second = 0;
};

void read_time_of_day(reader& from, parts& into) {
    into.hour = from.digits(2);
    from.literal(":");
    into.minute = from.digits(2);
    from.literal(":");
    into.second = from.digits(2);
}

std::optional<http_time> assemble(const parts& from) {
    const year_month_day date{year{from.year_number}, month{static_cast<unsigned>(from.month_index + 1)},
                              day{static_cast<unsigned>(from.day_number)}};
    // Second 60 is a leap second.
    if (!date.ok() || from.hour > 23 || from.minute > 59 || from.second > 60) return std::nullopt;
    return sys_days{date} + hours{from.hour} + minutes{from.minute} + seconds{from.second};
}

std::optional<http_time> parse_imf_fixdate(std::string_view text) {
    reader from(text);
    parts read;
    from.one_of(day_names);
    from.literal(", ");
    read.day_number = from.digits(2);
    from.literal(" ");
    read.month_index = static_cast<int>(from.one_of(month_names));
    from.literal(" ");
    read.year_number = from.digits(4);
    from.literal(" ");
    read_time_of_day(from, read);
    from.literal(" GMT");
    return from.done() ? assemble(read) : std::nullopt;
}

std::optional<http_time> parse_rfc850(std::string_view text, http_time now) {
    reader from(text);
    parts read;
    from.one_of(long_day_names);
    from.literal(", ");
    read.day_number = from.digits(2);
    from.literal("-");
    read.month_index = static_cast<int>(from.one_of(month_names));
    from.literal("-");
    const int two_digits = from.digits(2);
    from.literal(" ");
    read_time_of_day(from, read);
    from.literal(" GMT");
    if (!from.done()) return std::nullopt;
    const int this_year = static_cast<int>(year_month_day{std::chrono::floor<std::chrono::days>(now)}.year());
    read.year_number = this_year - this_year % 100 + two_digits;
    if (read.year_number + 50 <= this_year) read.year_number += 100;
    std::optional<http_time> date = assemble(read);
    if (!date || *date <= now + half_a_century) return date;
    read.year_number -= 100;
    return assemble(read);
}

std::optional<http_time> parse_asctime(std::string_view text) {
    reader from(text);
    parts read;
    from.one_of(day_names);
    from.literal(" ");
    read.month_index = static_cast<int>(from.one_of(month_names));
    from.literal(" ");
    read.day_number = from.space_padded_digits();
    from.literal(" ");
    read_time_of_day(from, read);
    from.literal(" ");
    read.year_number = from.digits(4);
    return from.done() ? assemble(read) : std::nullopt;
}

}  // namespace

std::string format_http_date(http_time when) {
    const auto days = std::chrono::floor<std::chrono::days>(when);
    const year_month_day date{days};
    const std::chrono::hh_mm_ss time{when - days};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", day_names[std::chrono::weekday{days}.c_encoding()],
                       static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

std::optional<http_time> parse_http_date(std::string_view text, http_time now) {
    if (auto date = parse_imf_fixdate(text)) return date;
    if (auto date = parse_rfc850(text, now)) return date;
    return parse_asctime(text);
}

}  // namespace nearside
