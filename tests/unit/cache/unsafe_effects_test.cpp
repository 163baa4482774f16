#include "cache/unsafe_effects.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace nearside::cache {
namespace {

const std::vector<std::string> origins = {"http://edge.example:8080", "https://API.example.nl"};

response_head answer(int status, std::initializer_list<header_fields::field> given = {}) {
    response_head made;
    made.status = status;
    for (const auto& [name, value] : given)
        made.fields.append(name, value);
    return made;
}

std::vector<std::string> targets(std::string_view method, const response_head& response) {
    return effects_of(method, "/jobs/7?x=1", response, origins).targets;
}

TEST(unsafe_effects, a_write_that_succeeds_or_redirects_invalidates_its_target) {
    for (const std::string_view method : {"POST", "PUT", "DELETE", "PATCH", "M-SEARCH"}) {
        EXPECT_EQ(targets(method, answer(204)), std::vector<std::string>{"/jobs/7?x=1"}) << method;
        EXPECT_EQ(targets(method, answer(303)), std::vector<std::string>{"/jobs/7?x=1"}) << method;
        EXPECT_TRUE(targets(method, answer(500)).empty()) << method;
        EXPECT_TRUE(targets(method, answer(404)).empty()) << method;
    }
    for (const std::string_view method : {"GET", "HEAD", "OPTIONS", "TRACE"})
        EXPECT_TRUE(targets(method, answer(200, {{"Location", "/x"}})).empty()) << method;
}

TEST(unsafe_effects, what_location_and_content_location_name_goes_too_where_it_is_of_the_same_origin) {
    EXPECT_EQ(targets("POST", answer(201, {{"Location", "/jobs/8"}, {"Content-Location", "9"}})),
              (std::vector<std::string>{"/jobs/7?x=1", "/jobs/8", "/jobs/9"}));
    EXPECT_EQ(targets("POST", answer(201, {{"Location", "https://api.example.nl/jobs/8"}})).size(), 2U);
    EXPECT_EQ(targets("POST", answer(201, {{"Location", "https://evil.example/jobs/8"}})).size(), 1U);
    EXPECT_EQ(targets("POST", answer(201, {{"Location", ""}})).size(), 1U) << "itself";
}

std::string resolved(std::string_view reference) {
    return resolve_same_origin(reference, "/a/b/c?q", origins).value_or("another");
}

TEST(unsafe_effects, references_are_resolved_as_rfc_3986_says) {
    EXPECT_EQ(resolved("d"), "/a/b/d");
    EXPECT_EQ(resolved("./d?y#z"), "/a/b/d?y");
    EXPECT_EQ(resolved("../d"), "/a/d");
    EXPECT_EQ(resolved("../../../../d"), "/d");
    EXPECT_EQ(resolved("d/."), "/a/b/d/");
    EXPECT_EQ(resolved("d/.."), "/a/b/");
    EXPECT_EQ(resolved(".."), "/a/");
    EXPECT_EQ(resolved("?y"), "/a/b/c?y");
    EXPECT_EQ(resolved("#s"), "/a/b/c?q");
    EXPECT_EQ(resolved(""), "/a/b/c?q");
    EXPECT_EQ(resolved("/"), "/");
    EXPECT_EQ(resolved("/x//y"), "/x//y");
    EXPECT_EQ(resolved("x:y/z"), "another");
    EXPECT_EQ(resolved("./x:y"), "/a/b/x:y");
}

TEST(unsafe_effects, a_target_that_begins_with_two_slashes_is_a_path_and_no_host) {
    EXPECT_EQ(resolve_same_origin("", "//edge.example:8080?q", origins), "//edge.example:8080?q");
    EXPECT_EQ(resolve_same_origin("d", "//a/b", origins), "//a/d");
}

TEST(unsafe_effects, an_origin_is_scheme_host_and_port) {
    EXPECT_EQ(resolved("http://edge.example:8080"), "/");
    EXPECT_EQ(resolved("HTTP://Edge.Example:8080/x"), "/x");
    EXPECT_EQ(resolved("https://api.example.nl:443/x?y"), "/x?y");
    EXPECT_EQ(resolved("//api.example.nl/x"), "/x");
    EXPECT_EQ(resolved("http://user@edge.example:8080/x"), "/x");
    for (const std::string_view other :
         {"http://edge.example/x", "https://edge.example:8080/x", "http://api.example.nl/x", "ftp://api.example.nl/x",
          "https://api.example.nl.evil.example/x", "https://api.example.nl@evil.example/x", "//evil.example/x",
          "https:/x", "https:x"}) {
        EXPECT_EQ(resolved(other), "another") << other;
    }
}

TEST(cache_groups, are_lists_of_strings_of_responses_and_of_writes) {
    const response_head grouped = answer(200, {{"Cache-Groups", "\"scripts\", \"a b\";x=1"},
                                               {"cache-groups", "\"scripts\""},
                                               {"Cache-Group-Invalidation", "\"jobs\""}});
    EXPECT_EQ(cache_groups(grouped.fields), (std::vector<std::string>{"scripts", "a b"}));
    EXPECT_EQ(effects_of("POST", "/", grouped, origins).groups, std::vector<std::string>{"jobs"});
    EXPECT_TRUE(effects_of("QUERY", "/", grouped, origins).groups.empty()) << "a safe method";
    EXPECT_TRUE(effects_of("GET", "/", grouped, origins).groups.empty());
}

TEST(cache_groups, that_are_no_list_of_strings_are_none) {
    for (const std::string_view broken : {"scripts", "\"a\", b", "\"a\",", "(\"a\")", "'a'", "1"})
        EXPECT_TRUE(cache_groups(answer(200, {{"Cache-Groups", broken}}).fields).empty()) << broken;
}

TEST(cache_groups, are_bounded) {
    std::string many = "\"" + std::string(longest_cache_group + 1, 'x') + "\"";
    for (std::size_t at = 0; at < most_cache_groups + 5; ++at)
        many += ", \"g" + std::to_string(at) + "\"";
    EXPECT_EQ(cache_groups(answer(200, {{"Cache-Groups", many}}).fields).size(), most_cache_groups);
}

}  // namespace
}  // namespace nearside::cache
