#include "cache/reuse.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using std::chrono::minutes;

const wall_time birth{std::chrono::hours{1'000'000}};
constexpr const entry* no_entry = nullptr;

// fresh 5 s, stale for another 10 min, on error for a day beyond fresh.
struct stored_view : ::testing::Test {
    stored_view() {
        stored.born = birth;
        stored.lives = {seconds{5}, minutes{10}, std::chrono::hours{24}};
    }
    reuse verdict_at(milliseconds age, std::string_view request = "") {
        cache_control asked;
        read_cache_control(request, asked);
        return decide_reuse(&stored, asked, birth + age).verdict;
    }
    entry stored;
};

TEST_F(stored_view, is_served_as_it_is_while_fresh) {
    EXPECT_EQ(verdict_at(seconds{0}), reuse::fresh);
    EXPECT_EQ(verdict_at(milliseconds{4'999}), reuse::fresh);
}

TEST_F(stored_view, is_served_and_refreshed_behind_while_stale) {
    EXPECT_EQ(verdict_at(seconds{5}), reuse::stale);
    EXPECT_EQ(verdict_at(minutes{10} + milliseconds{4'999}), reuse::stale);
}

TEST_F(stored_view, is_waited_for_when_it_is_past_both) {
    EXPECT_EQ(verdict_at(minutes{10} + seconds{5}), reuse::wait);
}

TEST_F(stored_view, a_request_may_insist_on_a_fresh_copy) {
    EXPECT_EQ(verdict_at(seconds{1}, "no-cache"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{0}, "max-age=0"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{1}, "max-age=2"), reuse::fresh);
    EXPECT_EQ(verdict_at(seconds{3}, "max-age=2"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{3}, "min-fresh=3"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{2}, "min-fresh=3"), reuse::fresh);
    EXPECT_EQ(decide_reuse(&stored, {.no_cache = true}, birth).reason, forward_reason::request);
}

TEST_F(stored_view, a_request_may_forbid_asking_the_upstream) {
    EXPECT_EQ(verdict_at(seconds{1}, "only-if-cached"), reuse::fresh);
    EXPECT_EQ(verdict_at(minutes{11}, "only-if-cached"), reuse::only_if_cached);
    EXPECT_EQ(decide_reuse(no_entry, {.only_if_cached = true}, birth).verdict, reuse::only_if_cached);
}

TEST_F(stored_view, is_not_refreshed_again_just_after_that_failed) {
    EXPECT_FALSE(refresh_failed_just_now(stored, birth));
    note_failed_refresh(stored, birth + seconds{1});
    EXPECT_TRUE(refresh_failed_just_now(stored, birth + milliseconds{999}));
    EXPECT_FALSE(refresh_failed_just_now(stored, birth + seconds{1}));
}

TEST_F(stored_view, stands_in_for_a_failing_upstream_as_long_as_it_may) {
    EXPECT_TRUE(may_serve_on_error(stored, birth + std::chrono::hours{24}));
    EXPECT_FALSE(may_serve_on_error(stored, birth + std::chrono::hours{24} + seconds{5}));
    stored.lives.stale_if_error = milliseconds{0};
    EXPECT_TRUE(may_serve_on_error(stored, birth + minutes{10})) << "what may be served stale may be served on error";
    EXPECT_FALSE(may_serve_on_error(stored, birth + minutes{11}));
}

TEST_F(stored_view, has_an_age_that_never_runs_backwards_with_the_clock) {
    EXPECT_EQ(age_of(stored, birth - seconds{3}), milliseconds{0});
    EXPECT_EQ(time_to_live(stored, birth + seconds{7}), milliseconds{-2'000});
}

// A route's entry: fresh 10 s, nothing stale.
struct stored_response : ::testing::Test {
    reuse_decision decide_at(milliseconds age, std::string_view request = "") {
        cache_control asked;
        read_cache_control(request, asked);
        return decide_reuse(&stored, asked, birth + age);
    }
    reuse verdict_at(milliseconds age, std::string_view request = "") { return decide_at(age, request).verdict; }

    stored_facts stored{.born = birth, .lives = {seconds{10}, {}, {}}};
};

TEST_F(stored_response, is_served_stale_to_who_takes_it_so_and_nothing_is_refreshed) {
    EXPECT_EQ(verdict_at(seconds{15}), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{15}, "max-stale=5"), reuse::stale_asked);
    EXPECT_EQ(verdict_at(seconds{15} + milliseconds{1}, "max-stale=5"), reuse::wait);
    EXPECT_EQ(verdict_at(std::chrono::hours{24 * 365 * 60}, "max-stale"), reuse::stale_asked);
    EXPECT_EQ(verdict_at(seconds{15}, "max-stale=9, only-if-cached"), reuse::stale_asked);
    stored.lives.stale = minutes{1};
    EXPECT_EQ(verdict_at(seconds{15}, "max-stale=9"), reuse::stale) << "within the window it is refreshed all the same";
}

TEST_F(stored_response, must_revalidate_stands_against_max_stale_and_a_requests_stale_if_error) {
    stored.must_revalidate = true;
    EXPECT_EQ(verdict_at(seconds{5}), reuse::fresh);
    EXPECT_EQ(verdict_at(seconds{15}, "max-stale"), reuse::wait);
    EXPECT_FALSE(may_serve_on_error(stored, {.stale_if_error = seconds{60}}, birth + seconds{15}, minutes{1}));
    EXPECT_TRUE(may_serve_on_error(stored, {}, birth + seconds{5}));
}

TEST_F(stored_response, may_go_on_for_a_while_without_an_upstream) {
    EXPECT_FALSE(may_serve_on_error(stored, {}, birth + seconds{15}, seconds{6})) << "somebody said: not at all";
    stored.lives.stale_if_error = lifetime::unsaid;
    EXPECT_TRUE(may_serve_on_error(stored, {}, birth + seconds{15}, seconds{6}));
    EXPECT_FALSE(may_serve_on_error(stored, {}, birth + seconds{15}, seconds{5}));
    stored.always_validate = true;
    EXPECT_FALSE(may_serve_on_error(stored, {}, birth + seconds{15}, minutes{1}));
}

TEST_F(stored_response, a_window_that_the_origin_named_beside_its_s_maxage_holds_and_no_other) {
    stored.must_revalidate = true;
    stored.lives.stale_if_error = seconds{10};
    EXPECT_TRUE(may_serve_on_error(stored, {}, birth + seconds{19}));
    EXPECT_FALSE(may_serve_on_error(stored, {.stale_if_error = seconds{60}}, birth + seconds{20}, minutes{1}));
}

TEST_F(stored_response, a_request_may_ask_for_an_older_copy_where_the_upstream_fails) {
    EXPECT_FALSE(may_serve_on_error(stored, {}, birth + seconds{15}));
    EXPECT_TRUE(may_serve_on_error(stored, {.stale_if_error = seconds{60}}, birth + seconds{15}));
    EXPECT_FALSE(may_serve_on_error(stored, {.stale_if_error = seconds{60}}, birth + seconds{70}));
}

TEST_F(stored_response, who_names_a_max_age_gets_nothing_stale_unless_max_stale_says_so) {
    stored.lives.stale = minutes{1};
    EXPECT_EQ(verdict_at(seconds{15}, "max-age=20"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{15}, "max-age=20, max-stale=1"), reuse::stale);
    EXPECT_EQ(verdict_at(seconds{25}, "max-age=20, max-stale"), reuse::wait) << "too old is too old";
}

TEST_F(stored_response, that_says_no_cache_is_validated_before_each_use) {
    stored.always_validate = true;
    EXPECT_EQ(decide_at(seconds{1}).verdict, reuse::wait);
    EXPECT_EQ(decide_at(seconds{1}).reason, forward_reason::stale);
    EXPECT_EQ(verdict_at(seconds{1}, "max-stale"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{1}, "only-if-cached"), reuse::only_if_cached);
    EXPECT_FALSE(may_serve_on_error(stored, {}, birth + seconds{1}));
}

TEST_F(stored_response, that_was_invalidated_serves_nobody_not_even_on_error) {
    stored.invalidated = true;
    stored.lives.stale = stored.lives.stale_if_error = minutes{1};
    EXPECT_EQ(verdict_at(seconds{1}), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{1}, "max-stale"), reuse::wait);
    EXPECT_FALSE(may_serve_on_error(stored, {.stale_if_error = seconds{60}}, birth + seconds{1}));
}

TEST_F(stored_response, that_an_operator_made_stale_is_served_while_it_is_refreshed_where_it_may_be_stale) {
    stored.made_stale = true;
    EXPECT_EQ(verdict_at(seconds{1}), reuse::wait);
    EXPECT_FALSE(may_serve_on_error(stored, {}, birth + seconds{1}));
    stored.lives.stale = minutes{1};
    EXPECT_EQ(verdict_at(seconds{1}), reuse::stale);
    EXPECT_EQ(verdict_at(seconds{1}, "min-fresh=1"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{1}, "max-age=60"), reuse::wait);
    EXPECT_EQ(verdict_at(seconds{69}), reuse::stale);
    EXPECT_EQ(verdict_at(seconds{70}), reuse::wait) << "the window ends when it would have ended";
    EXPECT_EQ(time_to_live(stored, birth + seconds{1}), milliseconds{0});
    EXPECT_TRUE(may_serve_on_error(stored, {}, birth + seconds{1}));
}

TEST_F(stored_response, no_store_in_a_request_forbids_storing_and_not_reuse) {
    EXPECT_EQ(verdict_at(seconds{1}, "no-store"), reuse::fresh);
}

TEST(late_enough, is_anything_for_a_request_that_insists_on_nothing) {
    EXPECT_TRUE(is_late_enough({}, steady_time{}, steady_time{} + minutes{1}));
    EXPECT_TRUE(is_late_enough({.max_age = seconds{1}}, steady_time{}, steady_time{} + minutes{1}));
}

TEST(late_enough, is_what_began_with_or_after_a_request_that_insists_on_a_fresh_copy) {
    const steady_time asked = steady_time{} + minutes{1};
    for (const cache_control& insisting : {cache_control{.no_cache = true}, cache_control{.max_age = seconds{0}}}) {
        EXPECT_TRUE(is_late_enough(insisting, asked + seconds{1}, asked));
        EXPECT_TRUE(is_late_enough(insisting, asked - milliseconds{10}, asked)) << "concurrent for any user";
        EXPECT_FALSE(is_late_enough(insisting, asked - milliseconds{11}, asked));
    }
}

TEST(forward_reasons, are_the_tokens_of_cache_status) {
    EXPECT_EQ(to_string(forward_reason::vary_miss), "vary-miss");
    EXPECT_EQ(to_string(forward_reason::bypass), "bypass");
    EXPECT_EQ(to_string(forward_reason::none), "");
}

TEST(reuse, nothing_stored_is_a_miss) {
    EXPECT_EQ(decide_reuse(no_entry, {}, birth).verdict, reuse::wait);
    EXPECT_EQ(decide_reuse(no_entry, {}, birth).reason, forward_reason::uri_miss);
}

}  // namespace
}  // namespace nearside::cache
