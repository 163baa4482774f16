#include "core/error.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

namespace nearside {
namespace {

TEST(error, each_code_has_a_name_of_its_own_that_can_stand_in_a_url) {
    std::set<std::string> names;
    const int last = static_cast<int>(errc::internal);
    for (int code = 0; code <= last; ++code) {
        const std::string name(to_string(static_cast<errc>(code)));
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << name;
        EXPECT_TRUE(names.insert(name).second) << name << " is used twice";
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
}

TEST(error, a_result_holds_the_value_or_says_what_failed) {
    const result<int> good = 7;
    const result<int> bad = error{errc::no_content, "empty body"};
    EXPECT_EQ(good.value(), 7);
    ASSERT_TRUE(bad.has_error());
    EXPECT_TRUE(bad.error() == errc::no_content);
    EXPECT_FALSE(bad.error() == errc::internal);
}

TEST(error, asking_a_failure_for_its_value_throws_what_failed) {
    const result<int> bad = error{errc::connect_failed, "refused"};
    try {
        (void)bad.value();
        FAIL() << "no exception";
    } catch (const std::runtime_error& failure) {
        EXPECT_NE(std::string(failure.what()).find("connect_failed: refused"), std::string::npos) << failure.what();
    }
}

}  // namespace
}  // namespace nearside
