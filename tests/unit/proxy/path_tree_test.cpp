#include "proxy/path_tree.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

path_tree tree_of(std::initializer_list<const char*> patterns) {
    path_tree tree;
    std::size_t value = 0;
    for (const char* pattern : patterns)
        EXPECT_TRUE(tree.insert(pattern, value++)) << pattern;
    return tree;
}

int found(const path_tree& tree, std::string_view path) {
    const auto match = tree.find(path);
    return match ? static_cast<int>(match->value) : -1;
}

TEST(path_tree, the_most_specific_pattern_wins_whatever_the_order) {
    const path_tree tree = tree_of({"/**", "/api/**", "/api/jobs/*", "/api/jobs/mine", "/views/projects/{id}"});
    EXPECT_EQ(found(tree, "/"), 0);
    EXPECT_EQ(found(tree, "/else/where"), 0);
    EXPECT_EQ(found(tree, "/api"), 1);
    EXPECT_EQ(found(tree, "/api/users/7/"), 1);
    EXPECT_EQ(found(tree, "/api/jobs/7"), 2);
    EXPECT_EQ(found(tree, "/api/jobs/mine"), 3);
    EXPECT_EQ(found(tree, "/api/jobs/7/metrics"), 1);
    EXPECT_EQ(found(tree, "/views/projects/9"), 4);
}

TEST(path_tree, turns_back_where_a_more_specific_branch_leads_nowhere) {
    const path_tree tree = tree_of({"/a/b/c", "/a/*/d", "/**"});
    const auto match = tree.find("/a/b/d");
    ASSERT_TRUE(match);
    EXPECT_EQ(match->value, 1u);
    EXPECT_EQ(match->captures, std::vector<std::string>{"b"});
    EXPECT_EQ(found(tree, "/a/b/x"), 2);
    EXPECT_EQ(tree.find("/a/b/x")->captures, std::vector<std::string>{"a/b/x"});
}

TEST(path_tree, captures_are_decoded_and_an_encoded_slash_divides_nothing) {
    const path_tree tree = tree_of({"/views/{a}/x/{b}"});
    const auto match = tree.find("/views/caf%C3%A9%2Fbar/x/1%2B1");
    ASSERT_TRUE(match);
    EXPECT_EQ(match->captures, (std::vector<std::string>{"caf\xC3\xA9/bar", "1+1"}));
    EXPECT_EQ(found(tree, "/v%69ews/1/x/2"), 0);
}

TEST(path_tree, literals_are_what_they_decode_to) {
    const path_tree tree = tree_of({"/caf%C3%A9/**", "/a%20b", "/%7Eme"});
    EXPECT_EQ(found(tree, "/caf%c3%a9/x"), 0);
    EXPECT_EQ(found(tree, "/a%20b"), 1);
    EXPECT_EQ(found(tree, "/~me"), 2);
    path_tree again;
    EXPECT_TRUE(again.insert("/%7Eme", 0));
    EXPECT_FALSE(again.insert("/~me", 1));
}

TEST(path_tree, the_rest_of_a_path_is_captured_as_it_is_divided) {
    const path_tree tree = tree_of({"/api/*/**"});
    EXPECT_EQ(tree.find("/api/a%20b/c%2Fd//e/")->captures, (std::vector<std::string>{"a b", "c/d//e/"}));
    EXPECT_EQ(tree.find("/api/a")->captures, (std::vector<std::string>{"a", ""}));
    EXPECT_EQ(tree.find("/api/a/")->captures, (std::vector<std::string>{"a", ""}));
}

TEST(path_tree, empty_segments_broken_encodings_and_endless_paths_match_nothing) {
    const path_tree tree = tree_of({"/views/{a}", "/deep/**"});
    EXPECT_EQ(found(tree, "/views/"), -1);
    EXPECT_EQ(found(tree, "/views/1/"), -1);
    EXPECT_EQ(found(tree, "/views/%4"), -1);
    EXPECT_EQ(found(tree, "/views/%zz"), -1);
    EXPECT_EQ(found(tree, "views/1"), -1);
    EXPECT_EQ(found(tree, ""), -1);
    std::string deep = "/deep";
    for (int at = 0; at < 200; ++at)
        deep += "/x";
    EXPECT_EQ(found(tree, deep), -1);
}

TEST(path_tree, a_trailing_slash_is_part_of_the_path) {
    const path_tree tree = tree_of({"/a/", "/a"});
    EXPECT_EQ(found(tree, "/a/"), 0);
    EXPECT_EQ(found(tree, "/a"), 1);
}

TEST(path_tree, refuses_the_same_pattern_twice_whatever_its_captures_are_called) {
    path_tree tree;
    EXPECT_TRUE(tree.insert("/views/{a}", 0));
    EXPECT_FALSE(tree.insert("/views/{b}", 1));
    EXPECT_FALSE(tree.insert("/views/*", 1));
}

}  // namespace
}  // namespace nearside::proxy
