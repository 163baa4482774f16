#include "cache/path_pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace nearside::cache {
namespace {

TEST(path_pattern, a_star_stays_within_its_segment) {
    EXPECT_TRUE(path_matches("/views/projects/*", "/views/projects/7"));
    EXPECT_TRUE(path_matches("/views/projects/*", "/views/projects/"));
    EXPECT_FALSE(path_matches("/views/projects/*", "/views/projects/7/jobs"));
    EXPECT_FALSE(path_matches("/views/projects/*", "/views/projects"));
    EXPECT_TRUE(path_matches("/a/*/c", "/a/b/c"));
    EXPECT_TRUE(path_matches("/a/x*y*z", "/a/xAyyBz"));
    EXPECT_FALSE(path_matches("/a/*/c", "/a/b/b/c"));
}

TEST(path_pattern, two_stars_go_on_over_slashes) {
    EXPECT_TRUE(path_matches("/api/**", "/api/jobs/7"));
    EXPECT_TRUE(path_matches("/**", "/"));
    EXPECT_TRUE(path_matches("/api/**/metrics", "/api/jobs/7/metrics"));
    EXPECT_FALSE(path_matches("/api/**/metrics", "/api/jobs/7/logs"));
    EXPECT_TRUE(path_matches("/**/x*/z", "/a/x/y/x1/z"));
}

TEST(path_pattern, without_stars_it_is_the_path_itself) {
    EXPECT_TRUE(path_matches("/views/7", "/views/7"));
    EXPECT_FALSE(path_matches("/views/7", "/views/77"));
    EXPECT_FALSE(path_matches("/views/77", "/views/7"));
}

TEST(path_pattern, begins_with_a_slash_and_has_no_query) {
    EXPECT_TRUE(is_path_pattern("/views/*"));
    for (const char* broken : {"", "*", "views/*", "/a?b", "/a#b", "/a b", "/a\n"})
        EXPECT_FALSE(is_path_pattern(broken)) << broken;
    EXPECT_FALSE(is_path_pattern("/" + std::string(longest_pattern, 'a')));
}

bool matches_by_definition(std::string_view pattern, std::string_view path) {
    if (pattern.empty()) return path.empty();
    if (pattern.starts_with("**")) {
        for (std::size_t taken = 0; taken <= path.size(); ++taken)
            if (matches_by_definition(pattern.substr(2), path.substr(taken))) return true;
        return false;
    }
    if (pattern.front() == '*') {
        for (std::size_t taken = 0; taken <= path.size(); ++taken) {
            if (matches_by_definition(pattern.substr(1), path.substr(taken))) return true;
            if (taken < path.size() && path[taken] == '/') return false;
        }
        return false;
    }
    return !path.empty() && pattern.front() == path.front() && matches_by_definition(pattern.substr(1), path.substr(1));
}

TEST(path_pattern, says_what_its_definition_says) {
    std::mt19937 random(11);
    const auto text = [&](std::string_view alphabet, std::size_t most) {
        std::string made = "/";
        for (std::size_t left = random() % most; left > 0; --left)
            made += alphabet[random() % alphabet.size()];
        return made;
    };
    int matched = 0;
    for (int round = 0; round < 200'000; ++round) {
        const std::string pattern = text("a/**", 8);
        const std::string path = text("aab/", 10);
        const bool expected = matches_by_definition(pattern, path);
        ASSERT_EQ(path_matches(pattern, path), expected) << pattern << " " << path;
        matched += expected;
    }
    EXPECT_GT(matched, 10'000);
}

TEST(path_pattern, is_answered_soon_however_the_stars_stand) {
    std::string pattern = "/";
    for (int star = 0; star < 300; ++star)
        pattern += "*a";
    EXPECT_FALSE(path_matches(pattern, "/" + std::string(8'000, 'a') + "b"));
    std::string both = "/";
    for (int star = 0; star < 200; ++star)
        both += "**/*a";
    std::string path;
    for (int segment = 0; segment < 1'000; ++segment)
        path += "/aaa";
    EXPECT_FALSE(path_matches(both, path + "b"));
}

}  // namespace
}  // namespace nearside::cache
