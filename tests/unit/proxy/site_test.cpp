#include "proxy/site.h"

#include "route_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::ElementsAre;

TEST(site, a_route_comes_with_what_its_path_matched) {
    const auto places = site_of(
        "upstreams: {a: {url: http://a}}\n"
        "routes:\n  - {path: /jobs/*/**}\n  - {path: \"/users/{id}\"}\n"
        "views: {board: {path: \"/views/{id}\", steps: {s: {get: /}}}}\n");
    const auto job = places->find("/jobs/7/metrics/cpu");
    ASSERT_TRUE(job && job->of_route);
    EXPECT_EQ(job->of_route->path, "/jobs/*/**");
    EXPECT_THAT(job->captures, ElementsAre("7", "metrics/cpu"));
    EXPECT_THAT(places->find("/users/caf%C3%A9")->captures, ElementsAre("caf\xC3\xA9"));
    const auto board = places->find("/views/7");
    ASSERT_TRUE(board && board->of_view);
    EXPECT_FALSE(board->of_route);
    EXPECT_FALSE(places->find("/nobody"));
    EXPECT_EQ(places->routes().size(), 2U);
}

TEST(site, a_view_and_a_route_cannot_share_a_path) {
    EXPECT_THAT(build_site("upstreams: {a: {url: http://a}}\nroutes:\n  - {path: /x/*}\n"
                           "views:\n  board: {path: \"/x/{id}\", steps: {s: {get: /}}}\n")
                    .complaints,
                ElementsAre(::testing::HasSubstr("is taken already")));
}

}  // namespace
}  // namespace nearside::proxy
