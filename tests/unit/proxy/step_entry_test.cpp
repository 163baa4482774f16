#include "proxy/step_entry.h"

#include "cache/reuse.h"
#include "tests/support/fields.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace nearside::proxy {
namespace {

using aggregators::fetch_response;
using cache::invalidation;
using nearside::testing::fields;
using std::chrono::seconds;

using pairs = std::initializer_list<header_fields::field>;

const wall_time noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::hours(12);

fetch_response step_answer(pairs given, int status = 200, std::string_view document = "{}") {
    fetch_response made;
    made.status = status;
    made.fields = fields(given);
    made.document = buffer::copy_of(document);
    made.content_hash = 5;
    return made;
}

step_question asked_by(pairs forwarded) {
    const step_principal who = principal_of(fields(forwarded));
    return {identify_step("incl", "/a", who), "incl", who};
}
const step_question anonymous = asked_by({});
const step_question user = asked_by({{"authorization", "Bearer a"}});

step_judgement judge(const step_question& question, const fetch_response& what) {
    return judge_step(question, what, {noon, noon + milliseconds(100)}, noon, 3);
}
cache::refusal refused(const step_question& question, pairs given) {
    return judge(question, step_answer(given)).refused;
}
std::shared_ptr<cache::entry> stored_step(pairs given) {
    return judge(anonymous, step_answer(given)).made;
}
step_use use(const cache::entry& what, step_demand demand = {}, wall_time now = noon + seconds(5),
             invalidation fate = invalidation::none) {
    return decide_step_use(&what, fate, demand, now);
}

TEST(step_entry_test, an_answer_that_its_origin_calls_fresh_is_kept_with_its_bytes_and_their_hash) {
    const fetch_response given = step_answer({{"Cache-Control", "max-age=60"}}, 200, R"({"id":1})");
    const auto made = judge(anonymous, given).made;
    ASSERT_TRUE(made);
    EXPECT_EQ(made->lives.fresh, seconds(60));
    EXPECT_EQ(made->key, anonymous.identity.key);
    EXPECT_EQ(made->stamp, 3u);
    EXPECT_EQ(made->extras->document.data(), given.document.data()) << "copied";
    EXPECT_EQ(made->content.slices().front().bytes.data(), given.document.data()) << "copied";
    EXPECT_EQ(made->extras->content_hash, 5u);
}

TEST(step_entry_test, one_that_can_be_validated_is_kept_for_that_and_never_fresh_by_a_guess) {
    for (const pairs given : {pairs{{"ETag", "\"1\""}}, pairs{{"ETag", "W/\"1\""}},
                              pairs{{"Last-Modified", "Fri, 02 Jan 2015 12:00:00 GMT"}}}) {
        const auto made = stored_step(given);
        ASSERT_TRUE(made);
        EXPECT_EQ(made->lives, cache::lifetime{});
        EXPECT_EQ(use(*made, {}, noon), step_use::validate);
    }
}

TEST(step_entry_test, what_is_of_no_later_use_is_not_kept) {
    EXPECT_EQ(refused(anonymous, {}), cache::refusal::no_lifetime);
    EXPECT_EQ(refused(anonymous, {{"Cache-Control", "max-age=0"}}), cache::refusal::no_lifetime);
    EXPECT_EQ(refused(anonymous, {{"Cache-Control", "max-age=60"}, {"Age", "61"}}), cache::refusal::no_lifetime);
    EXPECT_EQ(refused(anonymous, {{"Cache-Control", "no-cache"}}), cache::refusal::no_cache);
}

TEST(step_entry_test, the_origins_vetoes_hold) {
    EXPECT_EQ(refused(anonymous, {{"Cache-Control", "no-store, max-age=60"}, {"ETag", "\"1\""}}),
              cache::refusal::no_store);
    EXPECT_EQ(refused(user, {{"Cache-Control", "no-store"}, {"ETag", "\"1\""}}), cache::refusal::no_store);
    EXPECT_EQ(refused(anonymous, {{"Vary", "*"}, {"ETag", "\"1\""}}), cache::refusal::vary_everything);
    EXPECT_EQ(refused(user, {{"Vary", "*"}, {"ETag", "\"1\""}}), cache::refusal::vary_everything);
}

TEST(step_entry_test, what_is_for_one_user_is_kept_where_the_key_is_that_users) {
    const pairs for_one = {{"Cache-Control", "private, max-age=60"}};
    EXPECT_EQ(refused(anonymous, for_one), cache::refusal::private_response);
    EXPECT_EQ(refused(asked_by({{"accept-language", "ko"}}), for_one), cache::refusal::private_response);
    EXPECT_EQ(refused(user, for_one), cache::refusal::none);
    EXPECT_EQ(refused(asked_by({{"cookie", "session=1"}}), for_one), cache::refusal::none);
}

TEST(step_entry_test, a_user_may_keep_what_nobody_said_may_be_shared) {
    EXPECT_EQ(refused(user, {{"ETag", "\"1\""}}), cache::refusal::none);
    EXPECT_EQ(refused(user, {{"Cache-Control", "max-age=60"}}), cache::refusal::none);
}

TEST(step_entry_test, cookies_that_are_set_reach_no_view_and_are_not_kept) {
    const auto made = judge(user, step_answer({{"Set-Cookie", "a=1"}, {"ETag", "\"1\""}})).made;
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->head.contains("set-cookie"));
    EXPECT_EQ(refused(anonymous, {{"Set-Cookie", "a=1"}, {"ETag", "\"1\""}}), cache::refusal::set_cookie);
}

TEST(step_entry_test, only_documents_are_kept) {
    for (const int status : {204, 206, 301, 304, 404, 500}) {
        const auto judged = judge(anonymous, step_answer({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}}, status));
        EXPECT_FALSE(judged.made) << status;
    }
    EXPECT_FALSE(judge(anonymous, step_answer({{"Cache-Control", "max-age=60"}}, 200, "")).made);
}

TEST(step_entry_test, a_fresh_copy_answers_without_a_call) {
    const auto made = stored_step({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}});
    EXPECT_EQ(use(*made), step_use::answer);
    EXPECT_EQ(use(*made, {}, noon + seconds(61)), step_use::validate);
    EXPECT_EQ(use(*stored_step({{"Cache-Control", "max-age=60"}}), {}, noon + seconds(61)), step_use::fetch);
    EXPECT_EQ(decide_step_use(nullptr, invalidation::none, {}, noon), step_use::fetch);
}

TEST(step_entry_test, no_cache_of_the_origin_means_asking_each_time) {
    EXPECT_EQ(use(*stored_step({{"Cache-Control", "no-cache, max-age=60"}, {"ETag", "\"1\""}})), step_use::validate);
}

TEST(step_entry_test, who_wants_it_read_later_or_anew_asks_the_upstream) {
    const auto made = stored_step({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}});
    EXPECT_EQ(use(*made, {.read_since = made->born}), step_use::answer);
    EXPECT_EQ(use(*made, {.read_since = made->born + milliseconds(1)}), step_use::validate);
    EXPECT_EQ(use(*made, {.read_since = std::nullopt, .anew = true}), step_use::validate);
}

TEST(step_entry_test, what_was_invalidated_is_validated_and_what_was_purged_is_fetched) {
    const auto made = stored_step({{"Cache-Control", "max-age=60"}, {"ETag", "\"1\""}});
    EXPECT_EQ(use(*made, {}, noon, invalidation::soft), step_use::validate);
    EXPECT_EQ(use(*made, {}, noon, invalidation::hard), step_use::fetch);
}

TEST(step_entry_test, a_copy_tells_its_age_rounded_up_so_that_no_view_outlives_it) {
    const auto made = stored_step({{"Cache-Control", "max-age=60"}});
    EXPECT_FALSE(answer_from(*made, made->born - seconds(1)).fields.contains("age"));
    EXPECT_FALSE(answer_from(*made, made->born + cache::same_moment).fields.contains("age"));
    EXPECT_EQ(answer_from(*made, made->born + milliseconds(1'200)).fields.find("age"), "2");
    EXPECT_EQ(answer_from(*made, made->born).document.data(), made->extras->document.data());
}

TEST(step_entry_test, an_age_that_it_came_with_counts) {
    const auto made = stored_step({{"Cache-Control", "max-age=60"}, {"Age", "50"}});
    EXPECT_FALSE(made->head.contains("age")) << "it would stand still";
    EXPECT_EQ(answer_from(*made, noon + milliseconds(100)).fields.find("age"), "51");
    EXPECT_EQ(use(*made, {}, noon + seconds(9)), step_use::answer);
    EXPECT_EQ(use(*made, {}, noon + seconds(11)), step_use::fetch);
}

TEST(step_entry_test, a_304_renews_the_head_and_leaves_the_document) {
    const auto made = stored_step({{"ETag", "\"1\""}, {"X-Old", "kept"}, {"Cache-Control", "max-age=1"}});
    const auto renewed = freshened(*made, step_answer({{"ETag", "\"1\""}, {"Cache-Control", "max-age=60"}}, 304, ""));
    ASSERT_TRUE(renewed);
    EXPECT_EQ(renewed->status, 200);
    EXPECT_EQ(renewed->document.data(), made->extras->document.data());
    EXPECT_EQ(renewed->content_hash, 5u);
    EXPECT_EQ(renewed->fields.find("x-old"), "kept");
    EXPECT_EQ(renewed->fields.combined("cache-control"), "max-age=60");
    EXPECT_FALSE(freshened(*made, step_answer({{"ETag", "\"2\""}}, 304, "")));
}

TEST(step_entry_test, tags_that_the_upstream_names_and_its_cache_groups_strike_copies) {
    const auto made = stored_step({{"ETag", "\"1\""}, {"Surrogate-Key", "job:7"}, {"Cache-Groups", "\"jobs\""}});
    EXPECT_EQ(made->extras->tags, (std::vector<std::string>{"job:7", "group:incl:jobs"}));
}

}  // namespace
}  // namespace nearside::proxy
