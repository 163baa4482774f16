#include "config/node.h"

#include "config/complain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::config {
namespace {

const std::vector<std::string_view> keys = {"get", "each", "timeout", "first_byte", "optional", "memory"};

TEST(nearest_name, finds_what_a_slip_of_the_finger_meant) {
    EXPECT_EQ(nearest_name("gte", keys), "get");
    EXPECT_EQ(nearest_name("eahc", keys), "each");
    EXPECT_EQ(nearest_name("timeouts", keys), "timeout");
    EXPECT_EQ(nearest_name("Timeout", keys), "timeout");
    EXPECT_EQ(nearest_name("first-byte", keys), "first_byte");
    EXPECT_EQ(nearest_name("optinal", keys), "optional");
}

TEST(nearest_name, finds_what_was_cut_short) {
    EXPECT_EQ(nearest_name("mem", keys), "memory");
    EXPECT_EQ(nearest_name("opt", keys), "optional");
}

TEST(nearest_name, finds_nothing_where_nothing_is_near) {
    EXPECT_EQ(nearest_name("pages", keys), "");
    EXPECT_EQ(nearest_name("x", keys), "");
    EXPECT_EQ(nearest_name("", keys), "");
    EXPECT_EQ(nearest_name(std::string(100'000, 'g'), keys), "");
    EXPECT_EQ(nearest_name("get", {}), "");
}

TEST(nearest_name, prefers_the_nearer) {
    EXPECT_EQ(nearest_name("tree", {"three", "trees", "true"}), "three");
}

TEST(suggestions, name_the_near_one_or_list_what_is_known) {
    EXPECT_EQ(suggest_name("gte", keys), "did you mean `get`?");
    EXPECT_EQ(suggest_name("zzzz", {"a", "b"}), "known here: `a`, `b`");
    EXPECT_EQ(suggest_name("zzzz", {}), "nothing can be named here");
    const std::vector<std::string_view> many(20, "name");
    EXPECT_THAT(suggest_name("zzzz", many), ::testing::EndsWith("`name` and 4 more"));
}

TEST(complaints, are_one_line_that_editors_can_follow) {
    EXPECT_EQ((complaint{{"a/b.yaml", 3, 14}, "what", "mend"}.to_string()), "a/b.yaml:3:14: what; mend");
    EXPECT_EQ((complaint{{"a", 1, 1}, "what", ""}.to_string()), "a:1:1: what");
}

TEST(complaints, are_sorted_by_place_and_told_once) {
    complaint_list all = {{{"b", 1, 1}, "x", ""},
                          {{"a", 10, 1}, "x", ""},
                          {{"a", 9, 2}, "y", ""},
                          {{"a", 9, 2}, "x", ""},
                          {{"a", 9, 2}, "y", ""}};
    sort_complaints(all);
    std::vector<std::string> lines;
    for (const complaint& each : all)
        lines.push_back(each.to_string());
    EXPECT_THAT(lines, ::testing::ElementsAre("a:9:2: x", "a:9:2: y", "a:10:1: x", "b:1:1: x"));
}

TEST(complaints, about_unknown_keys_stand_at_the_key) {
    node mapping;
    mapping.is = node::kind::mapping;
    node key;
    key.text = "pikc";
    key.at = {"f", 2, 5};
    mapping.members.push_back({key, node{}});
    complaint_list told;
    complain_unknown_keys(mapping, {"from", "pick"}, "a shape", told);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].to_string(), "f:2:5: unknown key `pikc` in a shape; did you mean `pick`?");
}

TEST(quote, shortens_and_hides_what_terminals_obey) {
    EXPECT_EQ(quote("plain"), "`plain`");
    EXPECT_EQ(quote("a\x1b[2J\n"), "`a?[2J?`");
    EXPECT_EQ(quote(std::string(200, 'x')), "`" + std::string(160, 'x') + "...`");
    EXPECT_EQ(quote(std::string(159, 'x') + "\xED\x95\x9C"), "`" + std::string(159, 'x') + "...`");
}

}  // namespace
}  // namespace nearside::config
