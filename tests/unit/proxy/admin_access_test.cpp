#include "proxy/admin_access.h"

#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

namespace nearside::proxy {
namespace {

using access_answer = admin_verdict::answer;
using counting = admin_access::counting;
using std::chrono::milliseconds;

struct admin_access_test : ::testing::Test {
    nearside::testing::manual_clock time;
    std::vector<config::admin_token> tokens = {{"watcher", "aaa", true, false, false},
                                               {"deploy", "bbb", false, true, false},
                                               {"root", "ccc", true, true, true}};
    admin_access access{tokens, 3, time.steady_now()};

    admin_verdict judge(std::string_view secret, admin_role wanted, counting how = counting::counted) {
        return access.judge(secret, wanted, how, time.steady_now());
    }
};

TEST_F(admin_access_test, each_token_may_call_what_its_roles_say) {
    EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::welcome);
    EXPECT_EQ(judge("aaa", admin_role::invalidate).is, access_answer::forbidden);
    EXPECT_EQ(judge("aaa", admin_role::operate).is, access_answer::forbidden);
    EXPECT_EQ(judge("bbb", admin_role::invalidate).is, access_answer::welcome);
    EXPECT_EQ(judge("bbb", admin_role::read).is, access_answer::forbidden);
    EXPECT_EQ(judge("ccc", admin_role::operate).is, access_answer::welcome);
    EXPECT_EQ(judge("ccc", admin_role::operate).who, "root");
}

TEST_F(admin_access_test, what_is_no_token_is_unknown_however_near) {
    for (const std::string_view wrong : {"aa", "aaaa", "AAA", "bbbaaa"}) {
        const admin_verdict verdict = judge(wrong, admin_role::read);
        EXPECT_EQ(verdict.is, access_answer::unknown) << wrong;
        EXPECT_EQ(verdict.who, "");
        time.advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(judge("", admin_role::read).is, access_answer::unknown);
}

TEST_F(admin_access_test, without_tokens_nobody_is_welcome) {
    admin_access nobody({}, 10, time.steady_now());
    EXPECT_EQ(nobody.judge("", admin_role::read, counting::counted, time.steady_now()).is, access_answer::unknown);
    admin_access empty({{"a", "", true, true, true}}, 10, time.steady_now());
    EXPECT_EQ(empty.judge("", admin_role::read, counting::counted, time.steady_now()).is, access_answer::unknown);
}

TEST_F(admin_access_test, a_token_that_calls_too_often_waits_and_leaves_the_others_alone) {
    for (int call = 0; call < 3; ++call)
        EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::welcome);
    const admin_verdict refused = judge("aaa", admin_role::read);
    EXPECT_EQ(refused.is, access_answer::too_many);
    EXPECT_EQ(refused.retry_after, std::chrono::seconds(1));
    EXPECT_EQ(judge("ccc", admin_role::read).is, access_answer::welcome);
    EXPECT_EQ(judge("aaa", admin_role::read, counting::uncounted).is, access_answer::welcome);
    time.advance(milliseconds(334));
    EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::welcome);
    EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::too_many);
    time.advance(std::chrono::hours(1));
    for (int call = 0; call < 3; ++call)
        EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::welcome);
    EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::too_many);
}

TEST_F(admin_access_test, who_guesses_is_slowed_down_and_a_right_token_is_not) {
    for (int guess = 0; guess < 3; ++guess)
        EXPECT_EQ(judge("x" + std::to_string(guess), admin_role::read).is, access_answer::unknown);
    EXPECT_EQ(judge("xyz", admin_role::read, counting::uncounted).is, access_answer::too_many);
    EXPECT_EQ(judge("ccc", admin_role::read).is, access_answer::welcome);
}

TEST_F(admin_access_test, tokens_are_replaced_and_a_kept_name_gains_no_calls) {
    for (int call = 0; call < 3; ++call)
        EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::welcome);
    access.replace({{"watcher", "ddd", true, false, false}}, 3, time.steady_now());
    EXPECT_EQ(judge("aaa", admin_role::read).is, access_answer::unknown);
    EXPECT_EQ(judge("ddd", admin_role::read).is, access_answer::too_many);
    access.replace({{"watcher", "ddd", true, false, false}}, 5, time.steady_now());
    EXPECT_EQ(judge("ddd", admin_role::read).is, access_answer::welcome);
}

TEST(bearer_of, finds_the_secret_of_a_bearer_alone) {
    const auto bearer = [](std::string_view value) {
        header_fields fields;
        fields.append("Authorization", value);
        return std::string(bearer_of(fields));
    };
    EXPECT_EQ(bearer("Bearer abc"), "abc");
    EXPECT_EQ(bearer("BEARER  abc"), "abc");
    EXPECT_EQ(bearer("bEaReR abc"), "abc");
    for (const std::string_view other : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"})
        EXPECT_EQ(bearer(other), "") << other;
    EXPECT_EQ(bearer_of({}), "");
}

}  // namespace
}  // namespace nearside::proxy
