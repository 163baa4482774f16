#include "proxy/cookies.h"

#include "route_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

std::vector<std::string> cookies_of(const header_fields& fields) {
    std::vector<std::string> found;
    for_each_cookie(fields, [&](const cookie& each) {
        found.push_back(std::string(each.name) + (each.has_value ? "=" : "!") + std::string(each.value));
    });
    return found;
}

TEST(cookies, are_read_from_every_field_in_order) {
    EXPECT_THAT(cookies_of(fields_of({{"Cookie", "a=1; b=x=y;c=\"q\""}, {"Accept", "d=1"}, {"COOKIE", " ;; e="}})),
                ::testing::ElementsAre("a=1", "b=x=y", "c=\"q\"", "e="));
    EXPECT_THAT(cookies_of(fields_of({{"Cookie", ""}})), ::testing::IsEmpty());
    EXPECT_THAT(cookies_of(fields_of({{"Cookie", "alone"}})), ::testing::ElementsAre("alone!"));
}

TEST(cookies, that_programs_read_differently_are_known) {
    for (const std::string_view value :
         {"a=\"x; theme=dark\"", "theme", "theme =x", "theme= x", "a=x\"y", "=x", "a=\""})
        EXPECT_TRUE(cookies_are_ambiguous(fields_of({{"Cookie", value}}))) << value;
    for (const std::string_view value : {"", "a=1; b=2", "a=\"x\"", "a=", "a=b=c", "a=\"\"", "a=1,2"})
        EXPECT_FALSE(cookies_are_ambiguous(fields_of({{"Cookie", value}}))) << value;
}

}  // namespace
}  // namespace nearside::proxy
