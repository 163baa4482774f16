#include "proxy/route.h"

#include "route_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const route> route_of(std::initializer_list<std::string_view> keys, std::string_view upstream = {}) {
    return site_of(route_file("/jobs/*", keys, upstream))->routes().front();
}

std::vector<std::string> complaints_about(std::string_view path, std::initializer_list<std::string_view> keys) {
    return build_site(route_file(path, keys)).complaints;
}

TEST(route, without_windows_leaves_who_may_share_to_the_rules_of_http) {
    const auto plain = route_of({});
    EXPECT_FALSE(plain->by_principal);
    EXPECT_THAT(plain->key.secret_headers, IsEmpty());
}

TEST(route, with_any_window_gives_each_user_an_own_copy) {
    for (const std::string_view window : {"fresh: 2s", "stale: 1m", "stale_if_error: 1d", "negative: {404: 1s}"}) {
        const auto each = route_of({window});
        EXPECT_TRUE(each->by_principal) << window;
        EXPECT_TRUE(each->counts_header("authorization")) << window;
        EXPECT_TRUE(each->counts_header("cookie")) << window;
        EXPECT_TRUE(each->counts_header("x-api-key")) << window;
        EXPECT_FALSE(each->counts_header("user-agent")) << window;
    }
}

TEST(route, with_windows_counts_what_its_upstream_knows_users_by) {
    const auto each = route_of({"fresh: 2s"}, ", forward: [x-tenant, accept-language]");
    EXPECT_TRUE(each->counts_header("x-tenant"));
    EXPECT_THAT(each->key.headers, ElementsAre("accept-language"));
    EXPECT_FALSE(route_of({}, ", forward: [x-tenant]")->counts_header("x-tenant"));
}

TEST(route, with_listed_cookies_no_longer_counts_the_whole_field) {
    const auto each = route_of({"fresh: 2s", "key: {cookies: [theme]}"});
    EXPECT_FALSE(each->counts_header("cookie"));
    EXPECT_THAT(each->key.cookies.value(), ElementsAre("theme"));
}

TEST(route, hides_headers_that_may_be_credentials) {
    const auto each = route_of({"key: {headers: [authorization, x-tenant, accept-language]}"});
    EXPECT_THAT(each->key.headers, ElementsAre("accept-language"));
    EXPECT_THAT(each->key.secret_headers, ElementsAre("authorization", "x-tenant"));
}

TEST(route, says_its_windows_as_the_cache_reads_them) {
    const auto each = route_of({"fresh: 2s", "stale: 1m", "negative: {5xx: 1s, 503: 2s}", "override_origin: true"});
    EXPECT_EQ(each->policy.windows.fresh, milliseconds{2'000});
    EXPECT_EQ(each->policy.windows.stale, milliseconds{60'000});
    EXPECT_FALSE(each->policy.windows.stale_if_error);
    ASSERT_EQ(each->policy.negative.size(), 2U);
    EXPECT_EQ(each->policy.negative[0].first, 503);
    EXPECT_EQ(each->policy.negative[1].last, 599);
    EXPECT_TRUE(each->policy.override_origin);
}

TEST(route, knows_which_bodies_its_invalidations_read) {
    const auto each = route_of({"invalidates: [\"job:{1}\", \"owner:{request.owner.id}\"]"});
    EXPECT_TRUE(each->invalidates.reads_request());
    EXPECT_FALSE(each->invalidates.reads_response());
    EXPECT_EQ(each->invalidates.templates.size(), 2U);
    EXPECT_TRUE(route_of({})->invalidates.empty());
}

TEST(broken_route, a_reference_to_nothing_is_told_where_it_stands) {
    EXPECT_THAT(complaints_about("/jobs/*", {"tags: [\"job:{1}\", \"job:{2}\"]"}),
                ElementsAre("f:4:29: there is no {2} here: the path has one `*` or `{name}` alone; write {1}: they are "
                            "counted from 1"));
    EXPECT_THAT(complaints_about("/jobs", {"tags: \"{1}\""}),
                ElementsAre("f:4:13: there is no {1} here: the path has no `*` to refer to; put a `*` into the path, "
                            "or take the reference out"));
    EXPECT_THAT(complaints_about("/jobs/{job}", {"tags: \"job:{jbo}\""}),
                ElementsAre("f:4:17: nothing here is called `jbo`; did you mean `job`?"));
    EXPECT_THAT(complaints_about("/jobs", {"invalidates: \"job:{reqest.id}\""}),
                ElementsAre("f:4:24: nothing here is called `reqest`; did you mean `request`?"));
}

TEST(broken_route, the_tags_of_a_stored_response_do_not_read_its_body) {
    EXPECT_THAT(complaints_about("/jobs", {"tags: \"job:{response.id}\""}),
                ElementsAre("f:4:17: a stored response has its tags before its body is there; name it by the path or "
                            "the query, or let the upstream send `Surrogate-Key`"));
}

TEST(broken_route, a_tag_by_a_parameter_that_does_not_count_is_refused) {
    const std::vector<std::string> told = {
        "f:5:18: the parameter `page` is not part of the key; let it count in `key: {query: ..}`, or take the "
        "reference out"};
    EXPECT_EQ(complaints_about("/jobs", {"key: {query: none}", "tags: \"page:{query.page}\""}), told);
    EXPECT_EQ(complaints_about("/jobs", {"key: {query: {only: [sort]}}", "tags: \"page:{query.page}\""}), told);
    EXPECT_EQ(complaints_about("/jobs", {"key: {query: {except: [\"pa*\"]}}", "tags: \"page:{query.page}\""}), told);
    EXPECT_THAT(complaints_about("/jobs", {"key: {query: {only: [page]}}", "tags: \"page:{query.page}\""}), IsEmpty());
    // What a write invalidates has nothing to do with the key of what it answers.
    EXPECT_THAT(complaints_about("/jobs", {"key: {query: none}", "invalidates: \"page:{query.page}\""}), IsEmpty());
}

TEST(broken_route, every_tag_that_is_none_is_told) {
    EXPECT_THAT(complaints_about(
                    "/jobs/*", {"invalidates: [\"a{\", \"a}\", \"a{}\", \"{query}\", \"{request}\", \"{request[job]}\","
                                " \"{request.a..b}\", \"{request.a[*].b}{response.c[*]}\"]"}),
                ElementsAre("f:4:21: `{` without `}`; close the reference with `}`, or take it out",
                            "f:4:27: `}` without `{`; add `{`, or take it out",
                            "f:4:34: `{}` names nothing; write what belongs here, as in {1} or {query.page}",
                            "f:4:40: `{query}` names no parameter; write {query.page}",
                            "f:4:51: `request` is a whole body; name a part of it: {request.id}",
                            "f:4:64: there is no loop here for `job`; write request[*] for one tag each",
                            ::testing::HasSubstr("'..' (any depth) is not supported"),
                            ::testing::HasSubstr("two references of one tag select many values")));
}

}  // namespace
}  // namespace nearside::proxy
