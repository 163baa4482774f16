#include "config/environment.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace nearside::config {
namespace {

node scalar(std::string text) {
    node value;
    value.is = node::kind::scalar;
    value.at = {"f", 3, 9};
    value.text = std::move(text);
    return value;
}

std::string filled(const std::string& text) {
    node value = scalar(text);
    complaint_list complaints;
    fill_environment(value, environment_of({{"NAME", "x"}, {"EMPTY", ""}, {"NESTED", "${NAME}"}}), complaints);
    EXPECT_EQ(value.faulty, !complaints.empty());
    return complaints.empty() ? value.text : complaints.front().to_string();
}

TEST(environment, fills_variables_in) {
    EXPECT_EQ(filled("${NAME}"), "x");
    EXPECT_EQ(filled("http://${NAME}:${NAME}/"), "http://x:x/");
    EXPECT_EQ(filled("${EMPTY}"), "");
}

TEST(environment, takes_the_default_where_a_variable_is_missing_or_empty) {
    EXPECT_EQ(filled("${NONE:-8080}"), "8080");
    EXPECT_EQ(filled("${NONE:-}"), "");
    EXPECT_EQ(filled("${EMPTY:-y}"), "y");
    EXPECT_EQ(filled("${NAME:-y}"), "x");
    EXPECT_EQ(filled("${NONE:-http://h:80}"), "http://h:80");
}

TEST(environment, leaves_all_else_alone) {
    EXPECT_EQ(filled("/api/{id}/"), "/api/{id}/");
    EXPECT_EQ(filled("$NAME $ 5$"), "$NAME $ 5$");
    EXPECT_EQ(filled("$${NAME} $$"), "${NAME} $");
    EXPECT_EQ(filled("$$$${NAME}"), "$${NAME}");
    EXPECT_EQ(filled("$$${NAME}"), "$x");
}

TEST(environment, does_not_read_what_it_filled_in_again) {
    EXPECT_EQ(filled("${NESTED}"), "${NAME}");
}

TEST(environment, complains_about_what_it_cannot_fill_in) {
    EXPECT_EQ(filled("${NONE}"),
              "f:3:9: the environment has no variable `NONE`; set it, or give a default: `${NONE:-...}`");
    EXPECT_EQ(filled("${NAME"), "f:3:9: a `${` without its `}`; write `${NAME}`, or `$$` for a dollar sign");
    EXPECT_EQ(
        filled("${}"),
        "f:3:9: `` is not the name of a variable; write `${NAME}` or `${NAME:-default}`, or `$$` for a dollar sign");
    EXPECT_EQ(filled("${A B}"),
              "f:3:9: `A B` is not the name of a variable; write `${NAME}` or `${NAME:-default}`, or `$$` for a dollar "
              "sign");
}

TEST(environment, bounds_what_one_value_can_become) {
    node value = scalar("${BIG}${BIG}");
    complaint_list complaints;
    fill_environment(value, environment_of({{"BIG", std::string(40'000, 'x')}}), complaints);
    EXPECT_EQ(complaints.size(), 1U);
    EXPECT_TRUE(value.text.empty());
}

TEST(environment, reaches_every_value_but_no_key) {
    const load_outcome loaded = load_text("f",
                                          "server: {name: \"${NAME}\"}\n"
                                          "upstreams:\n  \"a\": {url: 'http://${NAME}', forward: [\"${NAME}-id\"]}\n"
                                          "views:\n  v:\n    path: /v\n    query: {page: \"${PAGE:-1}\"}\n"
                                          "    steps: {s: {get: '/x/${NAME}/{page}'}}\n",
                                          environment_of({{"NAME", "x"}}));
    EXPECT_THAT(lines_of(loaded.complaints), ::testing::IsEmpty());
    EXPECT_EQ(loaded.value.server.name, "x");
    EXPECT_EQ(loaded.value.upstreams.at(0).url, "http://x");
    EXPECT_EQ(loaded.value.upstreams.at(0).forward.at(0), "x-id");
    EXPECT_EQ(loaded.value.views.at(0).query.at(0).default_value, "1");
    EXPECT_EQ(loaded.value.views.at(0).steps.at(0).get.value, "/x/x/{page}");
    EXPECT_THAT(
        complaints_about("log: {\"${NAME}\": info}\n"),
        ::testing::ElementsAre("1:7: unknown key `${NAME}` in `log`; known here: `level`, `format`, `requests`"));
}

TEST(environment, a_missing_variable_is_told_once_and_nothing_else_about_its_value) {
    EXPECT_THAT(
        complaints_about("server: {listen: \"${NONE}\"}\nupstreams: {a: {url: \"${NONE}\"}, b: {url: http://b}}\n"
                         "routes: [{path: /x, upstream: \"${NONE}\"}]\n"),
        ::testing::ElementsAre(
            "1:18: the environment has no variable `NONE`; set it, or give a default: `${NONE:-...}`",
            "2:22: the environment has no variable `NONE`; set it, or give a default: `${NONE:-...}`",
            "3:31: the environment has no variable `NONE`; set it, or give a default: `${NONE:-...}`"));
}

TEST(environment, of_the_process_is_read) {
    ASSERT_EQ(setenv("NEARSIDE_TEST_VARIABLE", "there", 1), 0);
    EXPECT_EQ(process_environment()("NEARSIDE_TEST_VARIABLE"), "there");
    ASSERT_EQ(unsetenv("NEARSIDE_TEST_VARIABLE"), 0);
    EXPECT_EQ(process_environment()("NEARSIDE_TEST_VARIABLE"), std::nullopt);
}

}  // namespace
}  // namespace nearside::config
