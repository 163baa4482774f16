#include "proxy/retry.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

attempt_facts died_on_a_kept_connection() {
    return {.failure = errc::closed_early, .idempotent = true, .reused_connection = true, .sent_anything = true};
}

TEST(retry_test, a_get_that_a_dead_kept_connection_swallowed_is_repeated_for_free) {
    EXPECT_EQ(decide_retry(died_on_a_kept_connection()), next_attempt::fresh);
}

TEST(retry_test, a_post_is_never_repeated_once_any_of_it_left) {
    attempt_facts facts = died_on_a_kept_connection();
    facts.idempotent = false;
    facts.retries_left = 5;
    EXPECT_EQ(decide_retry(facts), next_attempt::none);
    facts.sent_anything = false;
    EXPECT_EQ(decide_retry(facts), next_attempt::fresh);
}

TEST(retry_test, nothing_is_repeated_after_a_byte_of_the_answer) {
    attempt_facts facts = died_on_a_kept_connection();
    facts.answered = true;
    facts.retries_left = 5;
    EXPECT_EQ(decide_retry(facts), next_attempt::none);
}

TEST(retry_test, nothing_is_repeated_once_the_clients_body_was_touched) {
    attempt_facts facts = died_on_a_kept_connection();
    facts.body_touched = true;
    facts.retries_left = 5;
    EXPECT_EQ(decide_retry(facts), next_attempt::none);
}

TEST(retry_test, a_new_connection_that_breaks_costs_a_retry) {
    attempt_facts facts = died_on_a_kept_connection();
    facts.reused_connection = false;
    EXPECT_EQ(decide_retry(facts), next_attempt::none);
    facts.retries_left = 1;
    EXPECT_EQ(decide_retry(facts), next_attempt::again);
}

TEST(retry_test, connecting_may_be_tried_again_but_not_what_took_too_long_or_is_broken) {
    for (const errc failure : {errc::resolve_failed, errc::connect_failed, errc::connect_timeout}) {
        EXPECT_EQ(decide_retry({.failure = failure, .idempotent = true, .retries_left = 1}), next_attempt::again);
        EXPECT_EQ(decide_retry({.failure = failure, .idempotent = false, .retries_left = 1}), next_attempt::none);
    }
    for (const errc failure : {errc::first_byte_timeout, errc::total_timeout, errc::tls_failed, errc::upstream_busy,
                               errc::malformed_response, errc::cancelled}) {
        EXPECT_EQ(decide_retry({.failure = failure, .idempotent = true, .retries_left = 1}), next_attempt::none);
    }
}

}  // namespace
}  // namespace nearside::proxy
