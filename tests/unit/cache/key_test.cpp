#include "cache/key.h"

#include "cache/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace nearside::cache {
namespace {

TEST(key, is_readable) {
    EXPECT_EQ(key_for_principal(key_builder("view", "project-board").add("id", "7").add("page", "1").take(), "5f3a"),
              "view:project-board;id=7;page=1;~user=5f3a");
}

TEST(key, no_value_can_be_crafted_to_reach_another_entry) {
    std::set<std::string> keys;
    keys.insert(key_builder("view", "a").add("id", "7").add("page", "1").take());
    keys.insert(key_builder("view", "a").add("id", "7;page=1").take());
    keys.insert(key_builder("view", "a").add("id", "7%3Bpage=1").take());
    keys.insert(key_builder("view", "a;id=7").add("page", "1").take());
    keys.insert(key_for_principal(key_builder("view", "a").add("id", "7").add("page", "1").take(), "u"));
    keys.insert(key_builder("view", "a").add("id", "7").add("page", "1;~user=u").take());
    keys.insert(key_builder("view", "a").add("id", "7").add("page", "1").add("~user", "u").take());
    EXPECT_EQ(keys.size(), 7u);
}

TEST(digest, of_a_body_does_not_depend_on_how_it_is_sliced) {
    const body whole(std::string("hello world"));
    const body sliced(std::vector<slice>{{nullptr, "hello"}, {nullptr, " "}, {nullptr, "world"}});
    EXPECT_EQ(entity_tag(whole), entity_tag(sliced));
    EXPECT_NE(entity_tag(whole), entity_tag(body(std::string("hello worle"))));
    EXPECT_EQ(entity_tag(body()), "\"e3b0c44298fc1c149afbf4c8996fb924\"");
}

TEST(digest, of_a_principal_holds_no_secret_and_frames_its_parts) {
    using list = std::vector<std::pair<std::string_view, std::string_view>>;
    const std::string one = principal_digest(list{{"authorization", "Token abc"}});
    EXPECT_EQ(one.find("abc"), std::string::npos);
    EXPECT_EQ(one, principal_digest(list{{"authorization", "Token abc"}}));
    EXPECT_NE(one, principal_digest(list{{"authorization", "Token abd"}}));
    EXPECT_NE(principal_digest(list{{"a", "bc"}}), principal_digest(list{{"ab", "c"}}));
    EXPECT_NE(principal_digest(list{{"a", ""}}), principal_digest(list{}));
}

}  // namespace
}  // namespace nearside::cache
