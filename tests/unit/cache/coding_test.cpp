#include "cache/coding.h"

#include <gtest/gtest.h>

#include <array>

namespace nearside::cache {
namespace {

constexpr std::array<coding, 4> all = {coding::br, coding::zstd, coding::gzip, coding::identity};

accepted_codings accepting(std::string_view value) {
    header_fields request;
    request.append("Accept-Encoding", value);
    return accepted_codings(request);
}

TEST(coding_test, without_the_field_everything_is_taken_and_plain_is_best) {
    const accepted_codings accepted{header_fields()};
    EXPECT_TRUE(accepted.says_nothing());
    EXPECT_TRUE(accepted.takes(coding::br));
    EXPECT_EQ(accepted.prefers(all), coding::identity);
}

TEST(coding_test, what_is_named_is_taken_and_nothing_else_but_plain) {
    const accepted_codings accepted = accepting("gzip, deflate");
    EXPECT_TRUE(accepted.takes(coding::gzip));
    EXPECT_FALSE(accepted.takes(coding::br));
    EXPECT_TRUE(accepted.takes(coding::identity));
    EXPECT_EQ(accepted.prefers(all), coding::gzip);
}

TEST(coding_test, the_largest_weight_wins_and_among_equals_the_first_at_hand) {
    EXPECT_EQ(accepting("gzip;q=0.5, zstd;q=0.9, br;q=0.8").prefers(all), coding::zstd);
    EXPECT_EQ(accepting("gzip, zstd, br").prefers(all), coding::br);
    EXPECT_EQ(accepting("GZIP ; Q=1.000").prefers(all), coding::gzip);
}

TEST(coding_test, a_weight_of_zero_refuses) {
    EXPECT_FALSE(accepting("gzip;q=0").takes(coding::gzip));
    EXPECT_FALSE(accepting("identity;q=0").takes(coding::identity));
    EXPECT_FALSE(accepting("*;q=0").takes(coding::identity));
    EXPECT_TRUE(accepting("*;q=0, identity;q=0.1").takes(coding::identity));
    EXPECT_EQ(accepting("*;q=0").prefers(all), std::nullopt);
    EXPECT_TRUE(accepting("*").takes(coding::zstd));
}

TEST(coding_test, a_weight_that_is_none_refuses_too) {
    for (const char* value : {"gzip;q=2", "gzip;q=-1", "gzip;q=1.1", "gzip;q=0.1234", "gzip;q=x", "gzip;q=."})
        EXPECT_FALSE(accepting(value).takes(coding::gzip)) << value;
}

TEST(coding_test, content_encodings_are_known_one_at_a_time) {
    EXPECT_EQ(coding_of(""), coding::identity);
    EXPECT_EQ(coding_of("X-Gzip"), coding::gzip);
    EXPECT_EQ(coding_of("gzip, br"), std::nullopt);
    EXPECT_EQ(coding_of("compress"), std::nullopt);
}

}  // namespace
}  // namespace nearside::cache
