#include "aggregators/speculative_fetcher.h"

#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace nearside::aggregators {
namespace {

using nearside::testing::fake_fetch;
using nearside::testing::manual_clock;
using proof = speculative_fetcher::proof;
using testing::good_steps;
using list = std::vector<std::string>;

constexpr std::string_view chain_of_three = R"(    steps:
      a: {get: /a}
      b: {get: "/b/{a.id}"}
      c: {get: "/c/{b.id}"}
)";

recipe of_chain() {
    return {"",
            {{"api", "/a", 1, 0, std::nullopt, 1, 0},
             {"api", "/b/1", 2, 1, std::nullopt, 2, 0},
             {"api", "/c/1", 3, 2, std::nullopt, 3, 0}}};
}

// A plan's side and an upstream's side, both turned by hand.
struct bench : fetch_sink, std::enable_shared_from_this<bench> {
    manual_clock clock;
    std::shared_ptr<fake_fetch> upstream = std::make_shared<fake_fetch>();
    std::multimap<steady_time, std::function<void()>> due;
    std::shared_ptr<speculative_fetcher> fetching;
    std::map<call_id, result<fetch_response>> heard;

    static std::shared_ptr<bench> make(proof unproven, const recipe& last = of_chain()) {
        auto made = std::make_shared<bench>();
        speculative_fetcher::environment with;
        with.below = made->upstream;
        with.what = good_steps(chain_of_three);
        with.time = &made->clock;
        with.later = [raw = made.get()](milliseconds delay, std::function<void()> what) {
            raw->due.emplace(raw->clock.steady_now() + delay, std::move(what));
        };
        with.unproven = unproven;
        made->fetching = std::make_shared<speculative_fetcher>(std::move(with), last);
        made->fetching->start_recipe();
        return made;
    }

    void on_fetched(call_id call, result<fetch_response> outcome) override { heard.emplace(call, std::move(outcome)); }

    void advance(milliseconds by) {
        clock.advance(by);
        while (!due.empty() && due.begin()->first <= clock.steady_now()) {
            const auto what = std::move(due.begin()->second);
            due.erase(due.begin());
            what();
        }
    }
    void ask(call_id call, std::string target, std::uint32_t step, steady_time proven = steady_time::min(),
             steady_time usable = steady_time::min()) {
        fetch_request request;
        request.upstream = "api";
        request.target = std::move(target);
        request.step = step;
        request.wave = step + 1;
        request.proven_from = proven;
        request.usable_from = usable;
        fetching->start(call, std::move(request), weak_from_this());
    }
    void answer(std::string_view target, std::uint64_t hash) {
        fetch_response made = fake_fetch::response(200, "{\"id\": 1}");
        made.content_hash = hash;
        upstream->answer(target, std::move(made));
    }
    list open() const { return upstream->open_targets(); }
};

TEST(speculative_fetcher, children_are_launched_a_little_after_their_parents) {
    const auto at = bench::make(proof::behind);
    at->ask(0, "/a", 0);
    EXPECT_EQ(at->open(), (list{"/a"}));
    at->advance(milliseconds(2));
    EXPECT_EQ(at->open(), (list{"/a", "/b/1"}));
    at->advance(milliseconds(2));
    EXPECT_EQ(at->open(), (list{"/a", "/b/1", "/c/1"}));
    EXPECT_TRUE(at->upstream->calls()[1].request.background);
    EXPECT_FALSE(at->upstream->calls()[0].request.background);
}

TEST(speculative_fetcher, what_is_there_when_the_plan_asks_is_handed_over_but_never_from_inside_start) {
    const auto at = bench::make(proof::behind);
    at->ask(0, "/a", 0);
    at->advance(milliseconds(4));
    at->answer("/b/1", 2);
    at->answer("/a", 1);
    EXPECT_EQ(at->heard.at(0)->since, steady_time::min());
    at->ask(1, "/b/1", 1);
    EXPECT_FALSE(at->heard.contains(1));
    at->advance(milliseconds(0));
    ASSERT_TRUE(at->heard.contains(1));
    EXPECT_TRUE(at->heard.at(1)->speculated);
    EXPECT_EQ(at->upstream->calls().size(), 3u);
    EXPECT_EQ(at->fetching->counted().hits, 1u);
    EXPECT_EQ(at->fetching->unproven(), 0u);
}

TEST(speculative_fetcher, what_nobody_asked_for_is_given_up_at_the_end) {
    const auto at = bench::make(proof::behind);
    at->ask(0, "/a", 0);
    at->advance(milliseconds(4));
    at->answer("/a", 1);
    at->fetching->end();
    EXPECT_TRUE(at->open().empty());
    EXPECT_EQ(at->upstream->cancelled(), 2u);
    EXPECT_EQ(at->fetching->counted().waste, 2u);
    EXPECT_EQ(at->fetching->counted().missed, 2u);
    EXPECT_EQ(at->fetching->counted().asked_again, 0u);
}

TEST(speculative_fetcher, a_speculated_call_that_failed_is_made_again_for_who_waits) {
    const auto at = bench::make(proof::behind);
    at->ask(0, "/a", 0);
    at->advance(milliseconds(4));
    at->ask(1, "/b/1", 1);
    at->upstream->answer("/b/1", error{errc::closed_early, {}});
    EXPECT_FALSE(at->heard.contains(1));
    EXPECT_EQ(at->open(), (list{"/a", "/c/1", "/b/1"}));
    at->upstream->answer("/b/1", error{errc::closed_early, {}});
    ASSERT_TRUE(at->heard.contains(1));
    EXPECT_TRUE(at->heard.at(1).has_error());
}

TEST(speculative_fetcher, a_refusal_that_is_proven_is_an_answer) {
    const auto at = bench::make(proof::behind);
    at->advance(milliseconds(4));
    at->upstream->answer("/b/1", 404, "");
    at->ask(1, "/b/1", 1);
    at->advance(milliseconds(0));
    ASSERT_TRUE(at->heard.contains(1));
    EXPECT_EQ(at->heard.at(1)->status, 404);
    at->advance(milliseconds(1));
    at->ask(2, "/b/1", 1, at->clock.steady_now());
    EXPECT_EQ(at->open(), (list{"/c/1", "/b/1"})) << "read before its parent changed, it may be from before it existed";
}

TEST(speculative_fetcher, nothing_that_was_read_before_a_failure_above_it_is_used) {
    for (const proof unproven : {proof::behind, proof::before}) {
        const auto at = bench::make(unproven);
        at->advance(milliseconds(4));
        at->answer("/b/1", 2);
        at->advance(milliseconds(1));
        at->ask(1, "/b/1", 1, at->clock.steady_now(), at->clock.steady_now());
        at->advance(milliseconds(0));
        EXPECT_FALSE(at->heard.contains(1));
        EXPECT_EQ(at->open(), (list{"/c/1", "/b/1"}));
        EXPECT_TRUE(at->upstream->calls().back().request.anew);
    }
}

TEST(speculative_fetcher, strictly_all_that_depends_on_a_changed_document_is_asked_again_at_once) {
    const auto at = bench::make(proof::before);
    at->ask(0, "/a", 0);
    at->advance(milliseconds(4));
    at->answer("/b/1", 2);
    at->advance(milliseconds(260));
    at->answer("/a", 99);
    EXPECT_EQ(at->open(), (list{"/b/1", "/c/1"}));
    EXPECT_EQ(at->upstream->cancelled(), 1u) << "the first call for /c/1";
    const steady_time changed = *at->heard.at(0)->since;
    at->ask(1, "/b/1", 1, changed);
    at->advance(milliseconds(260));
    at->answer("/b/1", 2);
    ASSERT_TRUE(at->heard.contains(1));
    EXPECT_EQ(at->heard.at(1)->since, steady_time::min());
    at->ask(2, "/c/1", 2, changed);
    at->answer("/c/1", 3);
    EXPECT_TRUE(at->heard.contains(2));
    EXPECT_EQ(at->upstream->calls().size(), 5u) << "two round trips, not three";
    at->fetching->end();
    EXPECT_EQ(at->fetching->counted().asked_again, 2u) << "the recipe was right, though its first calls were in vain";
    EXPECT_EQ(at->fetching->counted().missed, 0u);
}

TEST(speculative_fetcher, the_repair_asks_for_what_is_unproven_at_once_and_hands_the_rest_over_again) {
    const auto at = bench::make(proof::behind);
    at->ask(0, "/a", 0);
    at->advance(milliseconds(4));
    at->answer("/b/1", 2);
    at->answer("/c/1", 3);
    at->advance(milliseconds(1));
    at->answer("/a", 99);
    const steady_time changed = *at->heard.at(0)->since;
    at->ask(1, "/b/1", 1, changed);
    at->ask(2, "/c/1", 2, changed);
    at->advance(milliseconds(0));
    EXPECT_EQ(at->heard.size(), 3u);
    EXPECT_EQ(at->fetching->unproven(), 2u);

    at->fetching->begin_repair();
    at->heard.clear();
    EXPECT_EQ(at->open(), (list{"/b/1", "/c/1"}));
    at->ask(0, "/a", 0);
    at->advance(milliseconds(0));
    EXPECT_EQ(at->heard.at(0)->since, changed);
    at->ask(1, "/b/1", 1, changed);
    at->answer("/b/1", 2);
    at->ask(2, "/c/1", 2, changed);
    at->answer("/c/1", 3);
    EXPECT_EQ(at->heard.size(), 3u);
    EXPECT_EQ(at->fetching->unproven(), 0u);
}

TEST(speculative_fetcher, it_knows_that_everything_came_as_the_last_time) {
    const auto at = bench::make(proof::behind);
    at->ask(0, "/a", 0);
    at->advance(milliseconds(4));
    for (const auto& [target, hash] : {std::pair("/a", 1u), std::pair("/b/1", 2u), std::pair("/c/1", 3u)})
        at->answer(target, hash);
    at->ask(1, "/b/1", 1);
    at->advance(milliseconds(0));
    EXPECT_FALSE(at->fetching->all_as_before()) << "a call of the recipe was not asked for";
    at->ask(2, "/c/1", 2);
    at->advance(milliseconds(0));
    EXPECT_TRUE(at->fetching->all_as_before());
    EXPECT_EQ(at->fetching->learned().calls, of_chain().calls);
}

TEST(speculative_fetcher, what_its_origin_lets_be_used_for_longer_needs_no_proof_unless_the_view_is_strict) {
    for (const proof unproven : {proof::behind, proof::before}) {
        const auto at = bench::make(unproven, {});
        const steady_time stored_at = at->clock.steady_now();
        at->advance(milliseconds(260));
        at->ask(1, "/b/1", 1, at->clock.steady_now());
        EXPECT_EQ(at->upstream->calls().back().request.anew, unproven == proof::before);
        fetch_response stored = fake_fetch::response(200, "{\"id\": 1}");
        stored.read = stored_at;
        stored.fresh = true;
        at->upstream->answer("/b/1", std::move(stored));
        ASSERT_TRUE(at->heard.contains(1));
        EXPECT_EQ(at->fetching->unproven(), unproven == proof::before ? 1u : 0u);
    }
}

TEST(speculative_fetcher, what_is_kept_with_the_time_it_came_proves_children_since_then) {
    const auto at = bench::make(proof::behind, {});
    const steady_time came = at->clock.steady_now();
    at->advance(milliseconds(260));
    at->ask(0, "/a", 0);
    fetch_response kept = fake_fetch::response(200, "{\"id\": 1}");
    kept.content_hash = 5;
    kept.since = came;
    at->upstream->answer("/a", std::move(kept));
    EXPECT_EQ(at->heard.at(0)->since, came);
}

TEST(speculative_fetcher, calls_that_send_something_are_compared_but_never_speculated) {
    recipe last = of_chain();
    last.calls[1].asked_with = 42;
    const auto at = bench::make(proof::behind, last);
    at->advance(milliseconds(4));
    EXPECT_EQ(at->open(), (list{"/c/1"}));
}

}  // namespace
}  // namespace nearside::aggregators
