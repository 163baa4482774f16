#include "aggregators/recipe.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

recipe two_calls() {
    return {"\"abc\"",
            {{"api", "/projects/7/", 1, 0, std::nullopt, 0xdeadbeef12345678, 0},
             {"other", "/users/3/?a=%20b&c", 2, 5, milliseconds(800), 0, 0xab}}};
}

TEST(recipe, what_is_written_is_read_again) {
    const auto text = to_text(two_calls());
    ASSERT_TRUE(text);
    EXPECT_EQ(parse_recipe(*text), two_calls());
    EXPECT_EQ(*text,
              "recipe 1\n\"abc\"\n1 0 - deadbeef12345678 0 api /projects/7/\n2 5 800 0 ab other /users/3/?a=%20b&c\n");
}

TEST(recipe, one_that_does_not_know_what_it_made_says_so) {
    recipe of = two_calls();
    of.made.clear();
    EXPECT_EQ(parse_recipe(to_text(of).value()), of);
}

TEST(recipe, nothing_that_could_tear_the_text_is_written) {
    for (const char* bad : {"/a b", "/a\nb", "", "http://elsewhere/", "/caf\xc3\xa9"}) {
        recipe of = two_calls();
        of.calls[1].target = bad;
        EXPECT_FALSE(to_text(of)) << bad;
    }
    EXPECT_FALSE(to_text(recipe{}));
}

TEST(recipe, bad_text_is_no_recipe) {
    const std::string good = to_text(two_calls()).value();
    for (std::size_t length = 0; length < good.size(); ++length) {
        // The first line of calls alone is a recipe of one call.
        const auto read = parse_recipe(good.substr(0, length));
        EXPECT_TRUE(!read || read->calls.size() == 1) << length;
    }
    const std::string head = "recipe 1\n-\n";
    EXPECT_TRUE(parse_recipe(head + "1 0 - 0 0 api /a\n"));
    for (const char* line :
         {"0 0 - 0 0 api /a\n", "-1 0 - 0 0 api /a\n", "1 0 x 0 0 api /a\n", "1 0 -5 0 0 api /a\n",
          "1 0 99999999999 0 0 api /a\n", "1 0 - xyz 0 api /a\n", "1 0 - 0 0 api a\n", "1 0 - 0 0 api\n",
          "1 0 - 0 0  /a\n", "1  - 0 0 api /a\n", "\n", "1 0 - 0 x api /a\n", "1 0 - 0 0 api /a b\n",
          "4294967296 0 - 0 0 api /a\n", "1 0 - 10000000000000000 0 api /a\n", " 1 0 - 0 0 api /a\n"})
        EXPECT_FALSE(parse_recipe(head + line)) << line;
    EXPECT_FALSE(parse_recipe("recipe 2\n-\n1 0 - 0 api /a\n"));
}

TEST(recipe, it_is_bounded) {
    recipe many;
    many.calls.assign(recipe::most_calls, {"api", "/a", 1, 0, std::nullopt, 1, 0});
    const auto text = to_text(many);
    ASSERT_TRUE(text);
    EXPECT_TRUE(parse_recipe(*text));
    EXPECT_FALSE(parse_recipe(*text + "1 0 - 0 0 api /a\n"));
    many.calls.push_back(many.calls.front());
    EXPECT_FALSE(to_text(many));
    recipe long_one{"", {{"api", "/" + std::string(recipe::most_bytes, 'a'), 1, 0, std::nullopt, 1, 0}}};
    EXPECT_FALSE(to_text(long_one));
}

}  // namespace
}  // namespace nearside::aggregators
