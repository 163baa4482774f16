#include "cache/reuse.h"

#include <gtest/gtest.h>

namespace nearside::cache {
namespace {

using std::chrono::minutes;

const wall_time birth{std::chrono::hours{1'000'000}};

// fresh 5 s, stale for another 10 min, on error for a day beyond fresh.
struct stored_view : testing::Test {
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
    EXPECT_EQ(decide_reuse(nullptr, {.only_if_cached = true}, birth).verdict, reuse::only_if_cached);
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

TEST(reuse, nothing_stored_is_a_miss) {
    EXPECT_EQ(decide_reuse(nullptr, {}, birth).verdict, reuse::wait);
    EXPECT_EQ(decide_reuse(nullptr, {}, birth).reason, forward_reason::uri_miss);
}

}  // namespace
}  // namespace nearside::cache
