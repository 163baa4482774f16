// What a route says about caching: as it is read, and as it is refused.
#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view up_to_routes = "upstreams: {a: {url: http://a}}\nroutes:\n";

// A file of one route with these lines besides its path, the first of them on line 4.
std::string file_with(std::string_view lines) {
    return std::string(up_to_routes) + "  - path: /jobs/*\n" + std::string(lines);
}

route_settings route_with(std::string_view lines) {
    const load_outcome loaded = load_text("f", file_with(lines), environment_of({}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    return loaded.value.routes.empty() ? route_settings{} : loaded.value.routes.front();
}

std::vector<std::string> complaints_with(std::string_view lines) {
    return complaints_about(file_with(lines));
}

TEST(route, says_nothing_about_caching_unless_it_is_told_to) {
    const route_settings route = route_with("");
    EXPECT_FALSE(route.windows.fresh || route.windows.stale || route.windows.stale_if_error);
    EXPECT_TRUE(route.negative.empty());
    EXPECT_FALSE(route.override_origin);
    EXPECT_EQ(route.key.query, route_key_settings::query_rule::as_sent);
    EXPECT_FALSE(route.key.cookies);
}

TEST(route, takes_all_that_the_operator_has_to_say) {
    const route_settings route = route_with(
        "    fresh: 2s\n    stale: 1m\n    stale_if_error: 1d\n    override_origin: true\n"
        "    tags: [\"job:{1}\", jobs]\n    invalidates: \"project:{response.project}\"\n"
        "    key: {query: {only: [page, \"sort_*\"]}, headers: [Accept-Language], cookies: [theme]}\n"
        "    bypass: {headers: [X-Preview], cookies: [staff], query: [preview]}\n");
    EXPECT_EQ(route.windows.fresh, milliseconds{2'000});
    EXPECT_EQ(route.windows.stale, milliseconds{60'000});
    EXPECT_EQ(route.windows.stale_if_error, milliseconds{86'400'000});
    EXPECT_TRUE(route.override_origin);
    ASSERT_EQ(route.tags.size(), 2U);
    EXPECT_EQ(route.tags[0].value, "job:{1}");
    ASSERT_EQ(route.invalidates.size(), 1U);
    EXPECT_EQ(route.key.query, route_key_settings::query_rule::only);
    EXPECT_THAT(route.key.parameters, ElementsAre("page", "sort_*"));
    EXPECT_THAT(route.key.headers, ElementsAre("accept-language"));
    EXPECT_THAT(route.key.cookies.value(), ElementsAre("theme"));
    EXPECT_THAT(route.bypass.headers, ElementsAre("x-preview"));
    EXPECT_THAT(route.bypass.cookies, ElementsAre("staff"));
    EXPECT_THAT(route.bypass.parameters, ElementsAre("preview"));
}

TEST(route, says_how_much_of_the_query_counts) {
    using rule = route_key_settings::query_rule;
    EXPECT_EQ(route_with("    key: {query: none}\n").key.query, rule::none);
    EXPECT_EQ(route_with("    key: {query: sorted}\n").key.query, rule::sorted);
    const route_settings without = route_with("    key: {query: {except: \"utm_*\"}}\n");
    EXPECT_EQ(without.key.query, rule::except);
    EXPECT_THAT(without.key.parameters, ElementsAre("utm_*"));
}

TEST(route, says_that_no_cookie_counts) {
    EXPECT_THAT(route_with("    key: {cookies: none}\n").key.cookies.value(), IsEmpty());
}

TEST(route, keeps_errors_by_status_the_narrower_one_first) {
    std::vector<std::string> windows;
    for (const negative_settings& each : route_with("    negative: {5xx: 1s, 404: 10s, 503: 2s}\n").negative) {
        windows.push_back(std::to_string(each.first) + "-" + std::to_string(each.last) + " " +
                          std::to_string(each.fresh.count()));
    }
    EXPECT_THAT(windows, ElementsAre("404-404 10000", "503-503 2000", "500-599 1000"));
}

TEST(route, never_keeps_an_error_that_is_about_one_request_also_as_one_of_a_class) {
    for (const negative_settings& each : route_with("    negative: {4xx: 1s}\n").negative) {
        for (const int status : {407, 412, 416})
            EXPECT_FALSE(each.first <= status && status <= each.last) << status;
    }
}

TEST(route, may_name_a_segment) {
    const load_outcome loaded =
        load_text("f", std::string(up_to_routes) + "  - {path: \"/jobs/{id}/**\"}\n", environment_of({}));
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
}

TEST(broken_route, every_wrong_window_is_told) {
    EXPECT_THAT(complaints_with("    fresh: 5\n    stale: -1s\n    negative: {404: 0s, 200: 1s, 6xx: 1s, 412: 1s}\n"
                                "    override_origin: maybe\n    frehs: 1s\n"),
                ElementsAre("4:12: `5` is not a duration; give it a unit: `5s` or `5ms`",
                            "5:12: `-1s` is not a duration; a duration cannot be negative; write one such as `5s`",
                            "6:21: `404` of `negative` of a route is too short; write `1ms` or longer",
                            "6:25: `200` is no error status; write one from 400 to 599, or `4xx` or `5xx` for all of "
                            "them",
                            "6:34: `6xx` is no error status; write one from 400 to 599, or `4xx` or `5xx` for all of "
                            "them",
                            "6:43: `412` is about one request alone and is never kept; remove it",
                            "7:22: `maybe` is neither true nor false; write `true` or `false`",
                            "8:5: unknown key `frehs` in a route; did you mean `fresh`?"));
}

TEST(broken_route, override_origin_needs_something_to_put_in_its_place) {
    EXPECT_THAT(complaints_with("    stale: 1m\n    override_origin: true\n"),
                ElementsAre("5:22: `override_origin` without `fresh` has nothing to say instead of the origin; add "
                            "`fresh: 5s`, or remove it"));
    EXPECT_THAT(complaints_with("    negative: {404: 10s}\n    override_origin: true\n"), IsEmpty());
    EXPECT_THAT(complaints_with("    override_origin: false\n"), IsEmpty());
}

TEST(broken_route, only_and_except_exclude_each_other) {
    EXPECT_THAT(complaints_with("    key: {query: {only: [a], except: [b]}}\n"),
                ElementsAre("4:18: `only` and `except` cannot both be right; keep one of them"));
}

TEST(broken_route, a_query_that_says_nothing_is_refused) {
    const std::string mend =
        "; write `query: {only: [page]}`, `query: {except: [\"utm_*\"]}`, `query: sorted` or `query: none`";
    EXPECT_THAT(complaints_with("    key: {query: page}\n"),
                ElementsAre("4:18: `query` of `key` must say which parameters count" + mend));
    EXPECT_THAT(complaints_with("    key: {query: {}}\n"),
                ElementsAre("4:18: `query` of `key` has neither `only` nor `except`" + mend));
    EXPECT_THAT(complaints_with("    key: {query: {only: []}}\n"),
                ElementsAre("4:25: `only` of `query` names nothing; write `query: none`"));
    EXPECT_THAT(complaints_with("    key: {query: {except: []}}\n"),
                ElementsAre("4:27: `except` of `query` names nothing; write `query: sorted`"));
    EXPECT_THAT(complaints_with("    key: {query: {only: [\"a*b\", \"*\"]}}\n"),
                ElementsAre("4:26: the `*` of `a*b` is not at the end of a name; write a name, or how names begin: "
                            "`utm_*`",
                            "4:33: the `*` of `*` is not at the end of a name; write a name, or how names begin: "
                            "`utm_*`"));
}

TEST(broken_route, headers_that_tell_nothing_apart_are_refused) {
    EXPECT_THAT(
        complaints_with("    key: {headers: [Accept, accept, Range, host, \"a b\", connection]}\n"),
        ElementsAre("4:29: `accept` is listed twice; list it once",
                    "4:37: the header `range` cannot be part of the key: ranges are cut out of whole stored "
                    "responses; remove it",
                    "4:44: the header `host` cannot be part of the key: it is part of every key; remove it",
                    "4:50: `a b` is not the name of a header; write `accept-language`",
                    "4:57: the header `connection` cannot be part of the key: it belongs to one connection (RFC 9110 "
                    "7.6.1); remove it"));
}

TEST(broken_route, cookies_count_one_by_one_or_all_together) {
    EXPECT_THAT(complaints_with("    key: {headers: [cookie], cookies: [theme]}\n"),
                ElementsAre("4:39: `cookies` and the header `cookie` cannot both be part of the key; keep `cookies` "
                            "for those listed, or the header for all of them"));
    EXPECT_THAT(complaints_with("    key: {cookies: []}\n"),
                ElementsAre("4:20: `cookies` of `key` names nothing; write `cookies: none` where no cookie counts, "
                            "or leave it out"));
    EXPECT_THAT(complaints_with("    key: {cookies: [\"a=b\"]}\n"),
                ElementsAre("4:21: `a=b` is not the name of a cookie; write `theme`"));
}

TEST(broken_route, misspelt_keys_within_its_parts_are_told) {
    EXPECT_THAT(complaints_with("    key: {querry: none}\n    bypass: {cookie: [a]}\n"),
                ElementsAre("4:11: unknown key `querry` in `key` of a route; did you mean `query`?",
                            "5:14: unknown key `cookie` in `bypass` of a route; did you mean `cookies`?"));
}

TEST(broken_route, lists_have_an_end) {
    std::string names, templates;
    for (int at = 0; at < 65; ++at)
        names += "n" + std::to_string(at) + ", ";
    for (int at = 0; at < 33; ++at)
        templates += "t" + std::to_string(at) + ", ";
    EXPECT_THAT(complaints_with("    bypass: {query: [" + names + "]}\n    tags: [" + templates + "]\n"),
                ElementsAre("4:21: `query` lists more than 64 names; list fewer",
                            "5:11: `tags` of a route lists more than 32; use fewer: a `[*]` in one gives a tag for "
                            "each item"));
    EXPECT_THAT(complaints_with("    tags: [" + std::string(1'025, 'x') + "]\n"),
                ElementsAre("4:12: a tag of more than 1024 bytes; write a short one, such as `job:{1}`"));
    EXPECT_THAT(complaints_with("    bypass: {cookies: [" + std::string(257, 'x') + "]}\n"),
                ElementsAre("4:24: a name of more than 256 bytes; give its name as it is sent"));
}

}  // namespace
}  // namespace nearside::config
