#include "cache/storable.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>

namespace nearside::cache {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Sun, 06 Nov 1994 08:49:37 GMT
const wall_time arrival{seconds{784'111'777}};
constexpr std::string_view day_before = "Sat, 05 Nov 1994 08:49:37 GMT";

struct asked_of_a_route : ::testing::Test {
    store_decision decide(std::initializer_list<header_fields::field> fields, int status = 200) {
        response_head response;
        response.status = status;
        for (const auto& [name, value] : fields)
            response.fields.append(name, value);
        return decide_store(request, response, policy, {.requested = arrival, .received = arrival});
    }
    refusal refused(std::initializer_list<header_fields::field> fields, int status = 200) {
        return decide(fields, status).refused;
    }
    refusal refused_with(std::string_view directives) { return refused({{"Cache-Control", directives}}); }

    request_facts request{.method = "GET"};
    route_policy policy;
};

// What the origin says.

TEST_F(asked_of_a_route, explicit_freshness_makes_it_storable_whatever_the_status) {
    for (const int status :
         {200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599}) {
        const auto decided = decide({{"Cache-Control", "max-age=100000"}}, status);
        EXPECT_EQ(decided.refused, refusal::none) << status;
        EXPECT_EQ(decided.lives, (lifetime{seconds{100'000}, {}, lifetime::unsaid})) << status;
    }
}

TEST_F(asked_of_a_route, neither_freshness_nor_validator_is_not_worth_keeping) {
    EXPECT_EQ(refused({}), refusal::no_lifetime);
    EXPECT_EQ(refused_with("max-age=0"), refusal::no_lifetime);
    EXPECT_EQ(refused({{"Expires", "0"}}), refusal::no_lifetime);
}

TEST_F(asked_of_a_route, a_validator_alone_makes_it_worth_keeping_for_validation) {
    const auto decided = decide({{"ETag", "\"a\""}, {"Cache-Control", "max-age=0"}});
    EXPECT_EQ(decided.refused, refusal::none);
    EXPECT_EQ(decided.lives, (lifetime{{}, {}, lifetime::unsaid}));
    EXPECT_FALSE(decided.always_validate);
    EXPECT_EQ(refused({{"ETag", "\"a\""}}), refusal::none);
}

TEST_F(asked_of_a_route, what_arrives_stale_is_kept_for_who_takes_it_stale) {
    const auto decided = decide({{"Cache-Control", "max-age=10"}, {"Age", "15"}});
    EXPECT_EQ(decided.refused, refusal::none);
    EXPECT_EQ(decided.born, arrival - seconds{15});
    EXPECT_EQ(decided.lives.fresh, seconds{10});
}

TEST_F(asked_of_a_route, the_heuristic_holds_for_statuses_that_allow_it_and_for_public_ones) {
    EXPECT_EQ(decide({{"Last-Modified", day_before}}).lives.fresh, seconds{8640});
    EXPECT_EQ(decide({{"Last-Modified", day_before}}, 404).lives.fresh, seconds{8640});
    for (const int status : {201, 202, 403, 502, 503, 504, 599})
        EXPECT_EQ(refused({{"Last-Modified", day_before}}, status), refusal::not_cacheable) << status;
    EXPECT_EQ(decide({{"Last-Modified", day_before}, {"Cache-Control", "public"}}, 599).lives.fresh, seconds{8640});
    EXPECT_EQ(decide({{"Last-Modified", day_before}, {"Expires", "0"}}).lives.fresh, seconds{0})
        << "no guess beside an explicit time, however wrong";
}

TEST_F(asked_of_a_route, only_the_complete_final_answer_to_a_get_is_stored) {
    request.method = "HEAD";
    EXPECT_EQ(refused_with("max-age=60"), refusal::method);
    request.method = "POST";
    EXPECT_EQ(refused_with("max-age=60"), refusal::method);
    request.method = "GET";
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}}, 103), refusal::not_final);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}}, 206), refusal::partial_content);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}}, 304), refusal::not_modified);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}}, 600), refusal::unknown_status);
}

TEST_F(asked_of_a_route, an_answer_about_the_fields_of_one_request_is_no_other_requests) {
    policy.negative = {{400, 499, seconds{1}}};
    for (const int status : {407, 412, 416})
        EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}}, status), refusal::one_request) << status;
}

TEST_F(asked_of_a_route, no_store_of_either_side_stands) {
    EXPECT_EQ(refused_with("max-age=60, No-StOrE"), refusal::no_store);
    request.asked.no_store = true;
    EXPECT_EQ(refused_with("max-age=60"), refusal::request_no_store);
}

TEST_F(asked_of_a_route, must_understand_replaces_no_store_for_statuses_that_are_understood) {
    constexpr std::string_view both = "max-age=3600, no-store, must-understand";
    EXPECT_EQ(refused({{"Cache-Control", both}}, 200), refusal::none);
    EXPECT_EQ(refused({{"Cache-Control", both}}, 599), refusal::not_understood);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=3600, must-understand"}}, 299), refusal::not_understood);
}

TEST_F(asked_of_a_route, private_and_vary_on_everything_are_nobody_elses) {
    EXPECT_EQ(refused_with("private, max-age=60"), refusal::private_response);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}, {"Vary", ", *"}}), refusal::vary_everything);
}

TEST_F(asked_of_a_route, what_is_kept_for_one_user_alone_may_be_private) {
    request.authorization = request.keyed_by_principal = request.one_user = true;
    policy.windows.stale = milliseconds{0};
    EXPECT_EQ(decide({{"Cache-Control", "private, max-age=60"}}).lives.fresh, seconds{60});
    EXPECT_TRUE(decide({{"Cache-Control", "private=\"x-user\", max-age=60"}}).withheld.empty());
    EXPECT_EQ(refused_with("private, no-store, max-age=60"), refusal::no_store);
}

TEST_F(asked_of_a_route, a_stream_of_events_is_for_whoever_listens) {
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}, {"Content-Type", "Text/Event-Stream; charset=utf-8"}}),
              refusal::event_stream);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}, {"Content-Type", "text/plain"}}), refusal::none);
    EXPECT_EQ(refused({{"Cache-Control", "no-store"}, {"Content-Type", "text/event-stream"}}), refusal::no_store);
}

TEST_F(asked_of_a_route, fields_named_by_private_or_no_cache_are_left_out_of_the_copy) {
    const auto decided = decide({{"Cache-Control", "max-age=60, private=\"X-User, x-b\", no-cache=\"X-User, Vary\""}});
    EXPECT_EQ(decided.refused, refusal::none);
    EXPECT_FALSE(decided.always_validate);
    EXPECT_EQ(decided.lives.fresh, seconds{60});
    EXPECT_EQ(decided.withheld, (std::vector<std::string>{"x-b", "x-user"})) << "what selects the copy stays";
}

TEST_F(asked_of_a_route, fields_without_which_the_content_cannot_be_read_are_not_left_out_alone) {
    EXPECT_EQ(refused_with("max-age=60, private=\"content-type\""), refusal::private_response);
    const auto decided = decide({{"Cache-Control", "max-age=60, no-cache=\"Content-Encoding\""}, {"ETag", "\"a\""}});
    EXPECT_TRUE(decided.always_validate);
}

TEST_F(asked_of_a_route, no_cache_is_kept_where_it_can_be_validated_and_never_served_before) {
    const auto decided = decide({{"Cache-Control", "max-age=60, no-cache"}, {"ETag", "\"a\""}});
    EXPECT_EQ(decided.refused, refusal::none);
    EXPECT_TRUE(decided.always_validate);
    EXPECT_TRUE(decided.must_revalidate);
    EXPECT_EQ(decided.lives, lifetime{});
    EXPECT_EQ(refused_with("max-age=60, no-cache"), refusal::no_cache);
}

TEST_F(asked_of_a_route, pragma_in_a_response_means_nothing) {
    EXPECT_EQ(decide({{"Cache-Control", "max-age=60"}, {"Pragma", "no-cache"}}).lives.fresh, seconds{60});
}

TEST_F(asked_of_a_route, what_is_targeted_at_caches_like_this_one_replaces_cache_control) {
    EXPECT_EQ(refused({{"Cache-Control", "no-store"}, {"CDN-Cache-Control", "max-age=60"}}), refusal::none);
    EXPECT_EQ(refused({{"Cache-Control", "max-age=60"}, {"CDN-Cache-Control", "private"}}), refusal::private_response);
    EXPECT_EQ(refused({{"Cache-Control", "no-store"}, {"CDN-Cache-Control", "max-age=\"60\""}}), refusal::no_store);
}

// Stale windows.

TEST_F(asked_of_a_route, the_origin_names_its_stale_windows) {
    EXPECT_EQ(decide({{"Cache-Control", "max-age=1, stale-while-revalidate=20, stale-if-error=30"}}).lives,
              (lifetime{seconds{1}, seconds{20}, seconds{30}}));
    EXPECT_EQ(decide({{"Cache-Control", "max-age=0, stale-while-revalidate=20"}}).refused, refusal::none);
}

TEST_F(asked_of_a_route, the_operator_names_others) {
    policy.windows = {.fresh = {}, .stale = minutes{1}, .stale_if_error = hours{1}};
    EXPECT_EQ(decide({{"Cache-Control", "max-age=1, stale-while-revalidate=20"}}).lives,
              (lifetime{seconds{1}, minutes{1}, hours{1}}));
}

TEST_F(asked_of_a_route, no_window_moves_an_origins_veto) {
    policy.windows = {.fresh = {}, .stale = minutes{1}, .stale_if_error = hours{1}};
    for (const std::string_view veto : {"must-revalidate", "proxy-revalidate"}) {
        const std::string directives = "max-age=5, stale-while-revalidate=20, stale-if-error=30, " + std::string(veto);
        const auto decided = decide({{"Cache-Control", directives}});
        EXPECT_EQ(decided.lives, (lifetime{seconds{5}, {}, {}})) << veto;
        EXPECT_TRUE(decided.must_revalidate) << veto;
    }
}

TEST_F(asked_of_a_route, s_maxage_forbids_stale_but_for_the_window_that_the_origin_names_beside_it) {
    policy.windows = {.fresh = {}, .stale = minutes{1}, .stale_if_error = hours{1}};
    const auto alone = decide({{"Cache-Control", "s-maxage=5"}});
    EXPECT_EQ(alone.lives, (lifetime{seconds{5}, {}, lifetime::unsaid}));
    EXPECT_TRUE(alone.must_revalidate);
    const auto with_window = decide({{"Cache-Control", "s-maxage=5, stale-while-revalidate=20"}});
    EXPECT_EQ(with_window.lives, (lifetime{seconds{5}, seconds{20}, lifetime::unsaid}));
    EXPECT_TRUE(with_window.must_revalidate);
}

// Requests that have to do with one user.

TEST_F(asked_of_a_route, an_answer_to_credentials_is_shared_at_the_origins_word_alone) {
    request.authorization = true;
    EXPECT_EQ(refused_with("max-age=60"), refusal::authorization);
    EXPECT_EQ(refused_with("max-age=60, proxy-revalidate"), refusal::authorization);
    for (const std::string_view word : {"max-age=60, public", "max-age=60, must-revalidate", "s-maxage=60"})
        EXPECT_EQ(refused_with(word), refusal::none) << word;
    EXPECT_EQ(refused({{"Last-Modified", day_before}}), refusal::authorization);
    EXPECT_EQ(decide({{"Last-Modified", day_before}, {"Cache-Control", "public"}}).lives.fresh, seconds{0})
        << "no guessing about answers to credentials";
}

TEST_F(asked_of_a_route, an_answer_to_credentials_is_kept_for_them_where_the_operator_says_how_long) {
    request.authorization = true;
    policy.windows.fresh = seconds{5};
    EXPECT_EQ(refused({}), refusal::authorization);
    request.keyed_by_principal = true;
    EXPECT_EQ(decide({}).lives.fresh, seconds{5});
    EXPECT_EQ(refused_with("private"), refusal::private_response);
    policy.windows = {.fresh = {}, .stale = minutes{1}, .stale_if_error = {}};
    EXPECT_EQ(refused_with("max-age=60"), refusal::none) << "how long the origin says, whose copy the operator";
    policy.windows = {};
    EXPECT_EQ(refused_with("max-age=60"), refusal::authorization);
}

TEST_F(asked_of_a_route, an_answer_to_a_cookie_is_shared_where_the_origin_expects_its_reuse) {
    request.cookie = true;
    EXPECT_EQ(refused_with("max-age=60"), refusal::none);
    EXPECT_EQ(refused({{"Last-Modified", day_before}}), refusal::cookie);
    EXPECT_EQ(refused({{"ETag", "\"a\""}, {"Cache-Control", "max-age=0"}}), refusal::cookie);
    policy.windows.fresh = seconds{5};
    EXPECT_EQ(refused({}), refusal::cookie) << "the operator's word alone doesn't share one user's answer";
    request.keyed_by_principal = true;
    EXPECT_EQ(refused({}), refusal::none);
}

TEST_F(asked_of_a_route, a_cookie_is_set_again_only_where_the_origin_said_how_long) {
    EXPECT_EQ(refused({{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60"}}), refusal::none);
    EXPECT_EQ(refused({{"Set-Cookie", "a=b"}, {"Last-Modified", day_before}}), refusal::set_cookie);
    policy.windows.fresh = seconds{5};
    EXPECT_EQ(refused({{"Set-Cookie", "a=b"}}), refusal::set_cookie);
    EXPECT_EQ(refused({{"Set-Cookie", "a=b"}, {"Cache-Control", "no-cache=\"set-cookie\""}}), refusal::none)
        << "the copy goes without it";
}

// The operator's word.

TEST_F(asked_of_a_route, the_operators_window_counts_from_the_arrival_and_the_age_stays_true) {
    policy.windows.fresh = seconds{2};
    const auto decided = decide({{"Cache-Control", "max-age=3600"}, {"Age", "100"}});
    EXPECT_EQ(decided.born, arrival - seconds{100});
    EXPECT_EQ(decided.lives.fresh, seconds{102});
    EXPECT_EQ(decide({}).lives.fresh, seconds{2});
    EXPECT_EQ(decide({}, 302).lives.fresh, seconds{2});
}

TEST_F(asked_of_a_route, the_operators_window_is_for_what_succeeds) {
    policy.windows = {.fresh = seconds{2}, .stale = minutes{1}, .stale_if_error = minutes{1}};
    EXPECT_EQ(refused({}, 404), refusal::no_lifetime);
    EXPECT_EQ(refused({}, 500), refusal::not_cacheable);
    EXPECT_EQ(decide({{"Cache-Control", "max-age=9"}}, 500).lives, (lifetime{seconds{9}, {}, lifetime::unsaid}));
}

TEST_F(asked_of_a_route, failures_live_as_long_as_the_narrowest_window_for_their_status_says) {
    policy.negative = {{400, 499, seconds{1}}, {404, 404, seconds{10}}, {500, 599, milliseconds{500}}};
    EXPECT_EQ(decide({}, 404).lives.fresh, seconds{10});
    EXPECT_EQ(decide({}, 410).lives.fresh, seconds{1});
    EXPECT_EQ(decide({{"Cache-Control", "max-age=60"}}, 503).lives.fresh, milliseconds{500});
    EXPECT_EQ(refused({{"Cache-Control", "no-store"}}, 404), refusal::no_store);
    EXPECT_EQ(refused({}, 200), refusal::no_lifetime);
}

TEST_F(asked_of_a_route, vetoes_stand_against_the_operator_unless_he_overrides_them) {
    policy.windows = {.fresh = seconds{5}, .stale = minutes{1}, .stale_if_error = {}};
    EXPECT_EQ(refused_with("no-store"), refusal::no_store);
    EXPECT_EQ(refused_with("private"), refusal::private_response);
    EXPECT_EQ(refused_with("no-cache"), refusal::no_cache);
    EXPECT_EQ(decide({{"Cache-Control", "must-revalidate"}}).lives, (lifetime{seconds{5}, {}, {}}));

    policy.override_origin = true;
    for (const std::string_view veto :
         {"no-store", "private", "private=\"content-type\"", "no-cache", "must-revalidate", "s-maxage=1"}) {
        const auto decided = decide({{"Cache-Control", veto}});
        EXPECT_EQ(decided.refused, refusal::none) << veto;
        EXPECT_EQ(decided.lives, (lifetime{seconds{5}, minutes{1}, lifetime::unsaid})) << veto;
        EXPECT_FALSE(decided.always_validate || decided.must_revalidate) << veto;
        EXPECT_TRUE(decided.withheld.empty()) << veto;
    }
}

TEST_F(asked_of_a_route, overriding_shares_no_users_answer_and_no_cookie_and_binds_no_client) {
    policy.windows.fresh = seconds{5};
    policy.override_origin = true;
    EXPECT_EQ(refused({{"Set-Cookie", "a=b"}}), refusal::set_cookie);
    EXPECT_EQ(refused({{"Vary", "*"}}), refusal::vary_everything);
    request.asked.no_store = true;
    EXPECT_EQ(refused({}), refusal::request_no_store);
    request.asked.no_store = false;
    request.authorization = true;
    EXPECT_EQ(refused({}), refusal::authorization);
}

TEST_F(asked_of_a_route, overriding_needs_a_window_to_put_in_the_vetos_place) {
    policy.override_origin = true;
    EXPECT_EQ(refused_with("no-store, max-age=60"), refusal::no_store);
    policy.windows.fresh = seconds{5};
    EXPECT_EQ(refused({{"Cache-Control", "no-store"}}, 404), refusal::no_store);
}

TEST(refusal_names, are_distinct_tokens) {
    std::set<std::string_view> names;
    for (int at = 0; at <= static_cast<int>(refusal::not_cacheable); ++at) {
        const std::string_view name = to_string(static_cast<refusal>(at));
        EXPECT_EQ(name.empty(), at == 0);
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << name;
        EXPECT_TRUE(names.insert(name).second) << name;
    }
}

}  // namespace
}  // namespace nearside::cache
