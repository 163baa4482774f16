#include "cache/view_lifetime.h"

#include "tests/support/fields.h"
#include "tests/unit/cache/example_date.h"

#include <gtest/gtest.h>

#include <vector>

namespace nearside::cache {
namespace {

using nearside::testing::fields;
using std::chrono::seconds;

view_lifetime decide_view(std::vector<header_fields> responses, configured_lifetime configured = {},
                          bool for_everybody = false, bool partial = false) {
    return decide_view_lifetime(configured, responses, for_everybody, partial, example_now);
}

TEST(view_lifetime, takes_the_operators_windows) {
    const auto decided =
        decide_view({fields({{"Cache-Control", "max-age=60"}})}, {seconds{5}, seconds{600}, seconds{9}});
    EXPECT_EQ(decided.lives, (lifetime{seconds{5}, seconds{600}, seconds{9}}));
}

TEST(view_lifetime, takes_the_shortest_that_the_responses_allow_where_the_operator_says_nothing) {
    const auto decided =
        decide_view({fields({{"Cache-Control", "max-age=60, stale-while-revalidate=30"}}),
                     fields({{"Cache-Control", "s-maxage=20, max-age=90, stale-while-revalidate=40"}})});
    EXPECT_EQ(decided.lives, (lifetime{seconds{20}, seconds{30}, seconds{0}}));
}

TEST(view_lifetime, one_silent_response_leaves_no_freshness_to_infer) {
    const auto decided = decide_view({fields({{"Cache-Control", "max-age=60"}}), fields({})});
    EXPECT_EQ(decided.refused, refusal::no_lifetime);
}

TEST(view_lifetime, reads_expires_against_date_and_is_born_as_old_as_its_oldest_response) {
    const auto decided = decide_view(
        {fields(
             {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Expires", "Sun, 06 Nov 1994 08:50:37 GMT"}, {"Age", "20"}}),
         fields({{"Cache-Control", "max-age=50"}})});
    EXPECT_EQ(decided.age, seconds{20});
    EXPECT_EQ(decided.lives.fresh - decided.age, seconds{40}) << "what is left when it is made";
    EXPECT_EQ(decide_view({fields({{"Expires", "0"}})}).refused, refusal::no_lifetime);
}

TEST(view_lifetime, no_store_stands_against_the_operator) {
    EXPECT_EQ(decide_view({fields({}), fields({{"Cache-Control", "no-store"}})}, {seconds{5}, {}, {}}).refused,
              refusal::no_store);
}

TEST(view_lifetime, a_private_response_is_kept_for_its_user_and_for_nobody_else) {
    const std::vector<header_fields> responses = {fields({{"Cache-Control", "private"}})};
    EXPECT_EQ(decide_view(responses, {seconds{5}, {}, {}}, false).refused, refusal::none);
    EXPECT_EQ(decide_view(responses, {seconds{5}, {}, {}}, true).refused, refusal::private_response);
}

TEST(view_lifetime, must_revalidate_forbids_stale_and_no_cache_forbids_fresh_too) {
    EXPECT_EQ(decide_view({fields({{"Cache-Control", "must-revalidate"}})}, {seconds{5}, seconds{9}, seconds{9}}).lives,
              (lifetime{seconds{5}, seconds{0}, seconds{0}}));
    EXPECT_EQ(decide_view({fields({{"Cache-Control", "no-cache"}})}, {seconds{5}, seconds{9}, seconds{9}}).refused,
              refusal::no_lifetime);
}

TEST(view_lifetime, a_response_that_varies_on_everything_is_nobodys_to_reuse) {
    EXPECT_EQ(decide_view({fields({{"Vary", "Accept"}, {"Vary", "Cookie, *"}})}, {seconds{5}, {}, {}}).refused,
              refusal::vary_everything);
}

TEST(view_lifetime, the_operators_window_counts_from_the_making_however_old_a_response_is) {
    const auto decided = decide_view({fields({{"Cache-Control", "max-age=60"}, {"Age", "100"}})}, {seconds{5}, {}, {}});
    EXPECT_EQ(decided.lives.fresh - decided.age, seconds{5});
}

TEST(view_lifetime, s_maxage_leaves_no_stale_window_but_the_one_that_the_origin_names_beside_it) {
    const auto decided = decide_view({fields({{"Cache-Control", "s-maxage=20"}})}, {{}, seconds{600}, seconds{600}});
    EXPECT_EQ(decided.lives, (lifetime{seconds{20}, seconds{0}, seconds{0}}));
}

TEST(view_lifetime, follows_what_is_targeted_at_caches_like_this_one) {
    const auto decided = decide_view({fields({{"Cache-Control", "no-store"}, {"CDN-Cache-Control", "max-age=7"}})});
    EXPECT_EQ(decided.lives.fresh, seconds{7});
}

TEST(view_lifetime, fields_named_private_are_no_part_of_a_view) {
    const auto decided = decide_view({fields({{"Cache-Control", "max-age=7, private=\"set-cookie\""}})}, {}, true);
    EXPECT_EQ(decided.refused, refusal::none);
}

TEST(view_lifetime, a_partial_view_is_soon_asked_for_again) {
    const auto decided = decide_view({fields({})}, {seconds{60}, seconds{600}, {}}, false, true);
    EXPECT_EQ(decided.lives.fresh, seconds{1});
    EXPECT_EQ(decided.lives.stale, seconds{600});
}

}  // namespace
}  // namespace nearside::cache
