#include "config/url_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace nearside::config {
namespace {

TEST(view_path, tells_its_parameters_in_order) {
    const auto read = parse_view_path("/views/{project}/jobs/{job_id}/");
    ASSERT_TRUE(read.value) << read.what;
    EXPECT_THAT(read.value->parameters, ::testing::ElementsAre("project", "job_id"));
    EXPECT_EQ(read.value->shape, "/views/{}/jobs/{}/");
}

TEST(view_path, has_the_same_shape_whatever_its_parameters_are_called) {
    EXPECT_EQ(parse_view_path("/v/{a}").value->shape, parse_view_path("/v/{b}").value->shape);
    EXPECT_NE(parse_view_path("/v/{a}").value->shape, parse_view_path("/v/{a}/").value->shape);
    EXPECT_NE(parse_view_path("/v/a").value->shape, parse_view_path("/v/{a}").value->shape);
}

TEST(view_path, takes_what_a_path_may_hold) {
    for (const std::string_view text : {"/", "/v", "/v/", "/v/a-b_c.d~e!$&'()+,;=:@", "/v/%ED%95%9C", "/v/..."}) {
        EXPECT_TRUE(parse_view_path(text).value) << text;
    }
}

TEST(view_path, is_refused_where_it_could_never_match_or_match_too_much) {
    for (const std::string_view text :
         {"",       "v",        "v/",      "//",   "/a//b", "/a/../b",       "/a/.",   "/a/%2e%2E", "/a?b",     "/a#b",
          "/a b",   "/a/*",     "/a/**",   "/{}",  "/{id",  "/id}",          "/x{id}", "/{id}x",    "/{id}{x}", "/{1d}",
          "/{a.b}", "/{a}/{a}", "/{null}", "/%g0", "/%2",   "/\xED\x95\x9C", "/a\\b",  "/a\"b"}) {
        EXPECT_FALSE(parse_view_path(text).value) << text;
    }
    EXPECT_FALSE(parse_view_path("/" + std::string(3000, 'a')).value);
}

TEST(route_path, takes_stars_as_whole_segments) {
    for (const std::string_view text :
         {"/", "/**", "/*", "/api/**", "/api/*/x", "/api/*/x/**", "/api/jobs/*/", "/a*b"}) {
        EXPECT_EQ(parse_route_path(text).value.has_value(), text != "/a*b") << text;
    }
}

TEST(route_path, tells_what_its_segments_capture_and_has_one_shape_whatever_they_are_called) {
    const auto read = parse_route_path("/api/{project}/*/**");
    ASSERT_TRUE(read.value) << read.what;
    EXPECT_THAT(read.value->parameters, ::testing::ElementsAre("project", "", ""));
    EXPECT_EQ(read.value->shape, parse_route_path("/api/*/{job}/**").value->shape);
    EXPECT_NE(read.value->shape, parse_route_path("/api/*/*/*").value->shape);
}

TEST(route_path, is_refused_with_two_stars_before_its_end) {
    for (const std::string_view text :
         {"/**/x", "/a/**/", "/***", "/a/{id", "/a/{id}/{id}", "api/**", "/a/../**", ""}) {
        EXPECT_FALSE(parse_route_path(text).value) << text;
    }
}

TEST(identifier, can_stand_in_a_reference) {
    for (const std::string_view text : {"a", "_", "job", "job_2", "page-size", "Z9"})
        EXPECT_TRUE(is_identifier(text));
    for (const std::string_view text :
         {"", "9a", "-a", "a b", "a.b", "a[0]", "true", "false", "null", "\xED\x95\x9C"}) {
        EXPECT_FALSE(is_identifier(text)) << text;
    }
}

}  // namespace
}  // namespace nearside::config
