#include "proxy/prefer.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

std::optional<std::int64_t> wait_of(std::vector<const char*> values) {
    header_fields fields;
    for (const char* value : values)
        fields.append("Prefer", value);
    const auto wait = wait_preferred(fields);
    return wait ? std::optional<std::int64_t>(wait->count()) : std::nullopt;
}

TEST(prefer, to_wait_some_seconds) {
    EXPECT_EQ(wait_of({"wait=10"}), 10);
    EXPECT_EQ(wait_of({"respond-async, WAIT = 10; foo=bar"}), 10);
    EXPECT_EQ(wait_of({"respond-async", "wait=\"7\""}), 7);
    EXPECT_EQ(wait_of({"wait=0"}), 0);
}

TEST(prefer, the_first_one_counts) {
    EXPECT_EQ(wait_of({"wait=1, wait=2"}), 1);
    EXPECT_EQ(wait_of({"wait=x, wait=2"}), std::nullopt);
}

TEST(prefer, what_is_no_number_of_seconds_is_no_preference) {
    for (const char* value : {"", "wait", "wait=", "wait=-1", "wait=1.5", "wait=1s", "waits=3", "return=minimal"})
        EXPECT_EQ(wait_of({value}), std::nullopt) << value;
    EXPECT_EQ(wait_of({"wait=99999999999999999999"}), 1'000'000) << "longer than any limit";
}

}  // namespace
}  // namespace nearside::proxy
