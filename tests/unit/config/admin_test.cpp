#include "config/address.h"
#include "tests/unit/config/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

admin_settings admin_of(const std::string& text, const environment& env = environment_of({})) {
    const load_outcome loaded = load_text("f", text + some_upstream, env);
    EXPECT_THAT(lines_of(loaded.complaints), IsEmpty());
    return loaded.value.admin;
}

std::vector<std::string> complaints_of(const std::string& text) {
    return complaints_about(text + some_upstream);
}

TEST(admin_settings, one_token_may_do_everything) {
    const admin_settings admin = admin_of("admin: {token: abc}\n");
    ASSERT_EQ(admin.tokens.size(), 1u);
    EXPECT_EQ(admin.tokens[0].name, "admin");
    EXPECT_EQ(admin.tokens[0].token, "abc");
    EXPECT_TRUE(admin.tokens[0].reads && admin.tokens[0].invalidates && admin.tokens[0].operates);
    EXPECT_EQ(admin.calls_a_second, 100u);
}

TEST(admin_settings, several_tokens_have_the_roles_that_are_listed) {
    const admin_settings admin = admin_of(
        "admin:\n"
        "  calls_a_second: 7\n"
        "  tokens:\n"
        "    - {name: prometheus, token: aaa, roles: read}\n"
        "    - {name: deploy, token: bbb, roles: [invalidate, operate]}\n");
    ASSERT_EQ(admin.tokens.size(), 2u);
    EXPECT_EQ(admin.calls_a_second, 7u);
    EXPECT_EQ(admin.tokens[0].name, "prometheus");
    EXPECT_TRUE(admin.tokens[0].reads);
    EXPECT_FALSE(admin.tokens[0].invalidates || admin.tokens[0].operates);
    EXPECT_FALSE(admin.tokens[1].reads);
    EXPECT_TRUE(admin.tokens[1].invalidates && admin.tokens[1].operates);
}

TEST(admin_settings, a_token_that_the_environment_leaves_empty_is_nobodys) {
    EXPECT_THAT(admin_of("admin: {token: \"${T:-}\"}\n").tokens, IsEmpty());
    const std::string list = "admin: {tokens: [{name: a, token: \"${T:-}\", roles: [read]}]}\n";
    EXPECT_THAT(admin_of(list).tokens, IsEmpty());
    EXPECT_EQ(admin_of(list, environment_of({{"T", "secret"}})).tokens.size(), 1u);
}

TEST(admin_settings, beyond_this_machine_wants_a_token_and_tls_unless_told_otherwise) {
    constexpr const char* mend =
        "give it `token` and `tls`, listen on `127.0.0.1:8081`, or write `allow_insecure: true`";
    const auto refused = [&](const std::string& lacks) {
        return "1:17: `admin` would listen beyond this machine without " + lacks + "; " + mend;
    };
    EXPECT_THAT(complaints_of("admin: {listen: \":8081\"}\n"), ElementsAre(refused("token and `tls`")));
    EXPECT_THAT(complaints_of("admin: {listen: \"10.0.0.1:8081\", token: a}\n"), ElementsAre(refused("`tls`")));
    EXPECT_THAT(complaints_of("admin: {listen: \"[::]:8081\", tokens: []}\n"), ElementsAre(refused("token and `tls`")));
    EXPECT_THAT(complaints_of("admin: {listen: \":8081\", allow_insecure: true}\n"), IsEmpty());
    EXPECT_THAT(complaints_of("admin: {listen: \"127.0.0.7:8081\"}\n"), IsEmpty());
    EXPECT_THAT(complaints_of("admin: {listen: \"[::1]:8081\"}\n"), IsEmpty());
}

TEST(admin_settings, what_is_wrong_with_tokens_is_told_and_never_the_token) {
    EXPECT_THAT(complaints_of("admin: {token: a, tokens: [{name: b, token: c, roles: [read]}]}\n"),
                ElementsAre("1:27: `token` and `tokens` of `admin` exclude each other; list the token under `tokens`, "
                            "with `roles: [read, invalidate, operate]`"));
    EXPECT_THAT(
        complaints_of("admin: {tokens: [{name: a, token: hush, roles: [reed]}, {name: a, token: hush}]}\n"),
        ElementsAre("1:49: `reed` is no role; did you mean `read`?",
                    "1:57: an item of `admin.tokens` has no `roles`; say what it is for: `roles: [read]`, "
                    "`invalidate`, `operate`",
                    "1:64: there is a token `a` already; give it another name: the log tells callers apart by it",
                    "1:74: another item of `admin.tokens` has the same token; make another one, or give one item "
                    "all `roles`"));
    EXPECT_THAT(complaints_of("admin: {tokens: [{name: \"a b\", token: \"x y\", roles: [read]}, {}]}\n"),
                ElementsAre("1:25: `a b` is no name of a token; use letters, digits, `-`, `_` and `.`",
                            "1:39: `token` of an item of `admin.tokens` cannot be sent as a bearer token; use letters, "
                            "digits and `-._~+/=`",
                            "1:62: an item of `admin.tokens` has no `name`; the log tells callers apart by it: `name: "
                            "deploy`",
                            "1:62: an item of `admin.tokens` has no `roles`; say what it is for: `roles: [read]`, "
                            "`invalidate`, `operate`",
                            "1:62: an item of `admin.tokens` has no `token`; give it one: `token: "
                            "${NAME_OF_A_VARIABLE}`"));
}

TEST(is_loopback, knows_the_addresses_of_this_machine_alone) {
    for (const char* inside : {"127.0.0.1", "127.255.0.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(is_loopback(inside)) << inside;
    for (const char* beyond : {"0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "::2", "::ffff:10.0.0.1", "x", ""})
        EXPECT_FALSE(is_loopback(beyond)) << beyond;
}

}  // namespace
}  // namespace nearside::config
