#include "aggregators/condition.h"

#include "tests/unit/aggregators/url_values.h"

#include <gtest/gtest.h>

#include <map>

namespace nearside::aggregators {
namespace {

const url_value nothing;

url_value parameter(std::string_view value) {
    return {url_value::kind::text, std::string(value), true};
}
url_value number(std::string_view value) {
    return {url_value::kind::text, std::string(value), false, url_value::type::number};
}
url_value boolean(std::string_view value) {
    return {url_value::kind::text, std::string(value), false, url_value::type::boolean};
}

const std::map<std::string, url_value, std::less<>> known = {{"status", text_value("running")},
                                                             {"page", parameter("3")},
                                                             {"owner", parameter("true")},
                                                             {"empty", parameter("")},
                                                             {"zero", parameter("0")},
                                                             {"p.archived", boolean("false")},
                                                             {"p.n", number("10")},
                                                             {"p.one", number("1.0")},
                                                             {"p.none", nothing},
                                                             {"p.list", {url_value::kind::wrong_type, {}}},
                                                             {"jobs[?@.a == 'x y'].id", text_value("7")}};

bool holds(std::string_view written) {
    const auto made = condition::parse(written);
    if (!made) {
        ADD_FAILURE() << written << ": " << made.error().what;
        return false;
    }
    std::vector<const url_value*> values;
    for (const auto& site : made->references()) {
        EXPECT_EQ(std::string(written).substr(site.offset, site.text.size()), site.text);
        values.push_back(&known.at(site.text));
    }
    return made->holds(values);
}

TEST(condition, comparisons) {
    for (const char* const yes :
         {"p.archived == false", "status == \"running\"", "status != 'done'", "p.n > 9", "p.n >= 10", "p.n < 10.5",
          "9 < p.n", "p.one == 1", "p.none == null", "p.n != null", "status < 'z'", "p.list != null", "p.list != 1"})
        EXPECT_TRUE(holds(yes)) << yes;
    for (const char* const no : {"p.archived == true", "status == 'Running'", "p.n == '10'", "p.n < '9'", "p.none < 1",
                                 "p.none >= null and p.none > null", "status > 5", "p.list == p.list"})
        EXPECT_FALSE(holds(no)) << no;
}

TEST(condition, a_parameter_is_compared_as_what_it_is_compared_with) {
    EXPECT_TRUE(holds("page > 2 and page == '3' and page < 20"));
    EXPECT_TRUE(holds("owner == true"));
    EXPECT_FALSE(holds("status == true"));
}

TEST(condition, a_value_alone) {
    for (const char* const yes : {"owner", "page", "status", "p.n", "p.list", "true", "jobs[?@.a == 'x y'].id"})
        EXPECT_TRUE(holds(yes)) << yes;
    for (const char* const no : {"empty", "zero", "p.archived", "p.none", "false", "null", "0"})
        EXPECT_FALSE(holds(no)) << no;
}

TEST(condition, not_and_or_bind_in_that_order) {
    EXPECT_TRUE(holds("not p.archived and page == 3"));
    EXPECT_TRUE(holds("owner or owner and empty"));
    EXPECT_FALSE(holds("(owner or owner) and empty"));
    EXPECT_TRUE(holds("not (p.archived or empty)"));
    EXPECT_TRUE(holds("not not owner"));
    EXPECT_TRUE(holds("not(empty)and(owner)"));
}

std::string condition_problem(std::string_view written) {
    const auto made = condition::parse(written);
    return made ? "none" : std::to_string(made.error().offset) + ": " + made.error().what;
}

TEST(condition, what_is_wrong_is_told_where_it_stands) {
    EXPECT_EQ(condition_problem("a = 1"), "2: `=` compares nothing");
    EXPECT_EQ(condition_problem("a && b"), "2: `&&` is not part of it");
    EXPECT_EQ(condition_problem("!a"), "0: `!` is not part of it");
    EXPECT_EQ(condition_problem("(a"), "2: `)` is missing here");
    EXPECT_EQ(condition_problem("a =="), "4: a value is missing here");
    EXPECT_EQ(condition_problem(""), "0: a value is missing here");
    EXPECT_EQ(condition_problem("a == 01"), "5: `01` is no number");
    EXPECT_EQ(condition_problem("a == 'x"), "5: a text without its closing quote");
    EXPECT_EQ(condition_problem("a b"), "2: there is more than a condition");
    EXPECT_NE(condition_problem(std::string(5000, '(')), "none");
    EXPECT_NE(condition_problem(std::string(1000, '(') + "a"), "none");
}

}  // namespace
}  // namespace nearside::aggregators
