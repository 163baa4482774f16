#include "aggregators/part_lines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace nearside::aggregators {
namespace {

using list = std::vector<std::string>;

body of_pieces(const std::vector<std::string>& texts) {
    std::vector<slice> slices;
    for (const std::string& text : texts) {
        auto owner = std::make_shared<const std::string>(text);
        const std::string_view bytes = *owner;
        slices.push_back({std::move(owner), bytes});
    }
    return body(std::move(slices));
}

list texts_of(const std::vector<body>& bodies) {
    list texts;
    for (const body& each : bodies)
        texts.push_back(each.to_string());
    return texts;
}

TEST(part_lines, a_part_is_a_line_with_its_name) {
    EXPECT_EQ(part_line("\"jobs\"", body(std::string("[1, 2]"))).to_string(), "{\"part\":\"jobs\",\"data\":[1, 2]}\n");
    EXPECT_EQ(whole_line(body(std::string("null"))).to_string(), "{\"data\":null}\n");
}

TEST(part_lines, line_breaks_of_the_upstream_are_left_out_and_nothing_else) {
    const body data = of_pieces({"{\r\n\t\"a\" : \"x\\n\",\n", "\"b\":[1,\r2]", "}\n"});
    EXPECT_EQ(part_line("\"p\"", data).to_string(), "{\"part\":\"p\",\"data\":{\t\"a\" : \"x\\n\",\"b\":[1,2]}}\n");
}

TEST(part_lines, pieces_without_line_breaks_stay_shared) {
    const std::string large(1'000'000, '1');
    const body data = of_pieces({"[\n", large, "\n]"});
    const body line = part_line("\"p\"", data);
    const bool shared = std::any_of(line.slices().begin(), line.slices().end(), [&](const slice& each) {
        return each.bytes.data() == data.slices()[1].bytes.data() && each.owner == data.slices()[1].owner;
    });
    EXPECT_TRUE(shared);
    EXPECT_EQ(line.to_string(), "{\"part\":\"p\",\"data\":[" + large + "]}\n");
}

TEST(part_lines, members_are_found_whatever_stands_in_them) {
    const std::string whole =
        R"({"a":{"x":1,"y":[{"z":"}"}]},"b\"c:,":"{\",:\\","n": 1 ,"empty":{},"e":[],"last":null})";
    const list expected{R"({"x":1,"y":[{"z":"}"}]})", R"("{\",:\\")", " 1 ", "{}", "[]", "null"};
    EXPECT_EQ(texts_of(split_members(body(whole))), expected);
}

TEST(part_lines, members_are_found_wherever_the_bytes_are_cut) {
    const std::string whole = R"({"a":{"x":"\\\"{"},"b":[1,{"c":2}],"d":"}"})";
    const list expected = texts_of(split_members(body(whole)));
    ASSERT_EQ(expected, (list{R"({"x":"\\\"{"})", R"([1,{"c":2}])", R"("}")"}));
    for (std::size_t first = 0; first <= whole.size(); ++first) {
        for (std::size_t second = first; second <= whole.size(); ++second) {
            const body cut =
                of_pieces({whole.substr(0, first), whole.substr(first, second - first), whole.substr(second)});
            ASSERT_EQ(texts_of(split_members(cut)), expected) << first << " " << second;
        }
    }
}

TEST(part_lines, an_empty_object_has_no_members) {
    EXPECT_TRUE(split_members(body(std::string("{}"))).empty());
}

TEST(part_lines, members_share_the_bytes_that_they_stand_in) {
    const body whole = of_pieces({"{\"a\":", std::string(100'000, '7'), "}"});
    const std::vector<body> values = split_members(whole);
    ASSERT_EQ(values.size(), 1u);
    ASSERT_EQ(values[0].slices().size(), 1u);
    EXPECT_EQ(values[0].slices()[0].bytes.data(), whole.slices()[1].bytes.data());
}

TEST(part_lines, bytes_are_the_same_however_they_are_cut) {
    const body whole = of_pieces({"abc", "de", "f"});
    EXPECT_TRUE(same_bytes(whole, of_pieces({"a", "bcdef"})));
    EXPECT_FALSE(same_bytes(whole, of_pieces({"a", "bcdeX"})));
    EXPECT_FALSE(same_bytes(whole, of_pieces({"abcde"})));
    EXPECT_TRUE(same_bytes(body(), body()));
}

}  // namespace
}  // namespace nearside::aggregators
