#include "aggregators/item_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace nearside::aggregators {
namespace {

bool less(std::string_view left, std::string_view right) {
    return compare(read_sort_value(left), read_sort_value(right)) < 0;
}

TEST(item_order, is_a_strict_order_of_values) {
    const std::vector<std::string> ascending = {"false",
                                                "true",
                                                "-1e999",
                                                "-1e400",
                                                "-2",
                                                "-1.9999999999999999999",
                                                "-0.0",
                                                "1e-999",
                                                "1e-400",
                                                "0.3",
                                                "9007199254740992",
                                                "9007199254740993",
                                                "1e400",
                                                "1e999",
                                                "\"\"",
                                                "\"A\"",
                                                "\"\\u0061\"",
                                                "\"ab\"",
                                                "\"\xc3\xa9\"",
                                                "\"\xef\xbf\xae\"",
                                                "\"\\ud83d\\ude00\"",
                                                "[]",
                                                "null"};
    for (std::size_t a = 0; a < ascending.size(); ++a)
        for (std::size_t b = 0; b < ascending.size(); ++b)
            EXPECT_EQ(less(ascending[a], ascending[b]), a < b) << ascending[a] << " " << ascending[b];
}

TEST(item_order, takes_values_alike_for_equal_however_they_are_written) {
    EXPECT_TRUE(compare(read_sort_value("1.0"), read_sort_value("10e-1")) == 0);
    EXPECT_TRUE(compare(read_sort_value("-0"), read_sort_value("0.000")) == 0);
    EXPECT_TRUE(compare(read_sort_value("\"\\u0041\""), read_sort_value("\"A\"")) == 0);
    EXPECT_TRUE(compare(read_sort_value("\"\\\"\""), read_sort_value("\"\\u0022\"")) == 0);
    EXPECT_TRUE(compare(read_sort_value(""), read_sort_value("null")) == 0);
    EXPECT_TRUE(compare(read_sort_value("{}"), read_sort_value("[1]")) == 0);
}

TEST(item_order, gives_the_first_so_many_of_a_stable_order) {
    std::mt19937 random(7);
    std::vector<std::string> texts;
    for (int number = 0; number < 2000; ++number)
        texts.push_back(std::to_string(random() % 50));
    std::vector<sort_value> values;
    for (const std::string& text : texts)
        values.push_back(read_sort_value(text));
    std::vector<std::uint32_t> model(texts.size() / 2);
    for (std::uint32_t number = 0; number < model.size(); ++number)
        model[number] = number;
    std::ranges::sort(model, [&](std::uint32_t a, std::uint32_t b) {
        const auto first = [&](std::uint32_t item) { return std::stoi(texts[item * 2]); };
        const auto second = [&](std::uint32_t item) { return std::stoi(texts[item * 2 + 1]); };
        if (first(a) != first(b)) return first(a) > first(b);
        return second(a) != second(b) ? second(a) < second(b) : a < b;
    });
    for (const std::size_t wanted :
         {std::size_t{0}, std::size_t{7}, std::size_t{300}, std::size_t{1000}, texts.size()}) {
        const auto order = sorted_items(values, {true, false}, wanted);
        ASSERT_EQ(order.size(), std::min(wanted, model.size()));
        EXPECT_TRUE(std::equal(order.begin(), order.end(), model.begin()));
    }
}

}  // namespace
}  // namespace nearside::aggregators
