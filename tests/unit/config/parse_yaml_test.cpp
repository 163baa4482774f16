#include "config/parse_yaml.h"

#include "support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace nearside::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct parsed {
    node root;
    bool whole = false;
    std::vector<std::string> told;
};

parsed parse(const std::string& text) {
    complaint_list complaints;
    parsed_yaml read = parse_yaml("f", text, complaints);
    return {std::move(read.root), read.whole, lines_of(complaints)};
}

std::string place(const node& of) {
    return of.at.to_string();
}

TEST(yaml, knows_where_keys_and_values_stand) {
    const parsed read = parse("a: 1\nb:\n  - x\n  - {c: 'y', d: \"z\"}\n");
    ASSERT_THAT(read.told, IsEmpty());
    ASSERT_THAT(read.root.members, SizeIs(2));
    EXPECT_EQ(place(read.root.members[0].key), "f:1:1");
    EXPECT_EQ(place(read.root.members[0].value), "f:1:4");
    const node& list = read.root.members[1].value;
    EXPECT_EQ(place(list.items.at(0)), "f:3:5");
    EXPECT_EQ(place(list.items.at(1).members.at(0).key), "f:4:6");
    EXPECT_EQ(place(*list.items.at(1).find("c")), "f:4:9");
    EXPECT_EQ(place(*list.items.at(1).find("d")), "f:4:17");
}

TEST(yaml, counts_columns_in_characters) {
    const parsed read = parse("{\"\xED\x95\x9C\xEA\xB8\x80\": 1, b: 2}\n");
    ASSERT_THAT(read.root.members, SizeIs(2));
    EXPECT_EQ(place(read.root.members[1].key), "f:1:11");
}

TEST(yaml, counts_lines_whatever_ends_them) {
    EXPECT_EQ(place(*parse("a: 1\r\nb: 2\r\n").root.find("b")), "f:2:4");
    EXPECT_EQ(place(*parse("\xEF\xBB\xBF# mark\na: 1\n").root.find("a")), "f:2:4");
}

TEST(yaml, tells_quoted_from_plain) {
    const parsed read = parse("a: 5\nb: \"5\"\nc: '5'\nd: !!str 5\ne: ~\nf: \"~\"\ng:\nh: null\n");
    ASSERT_THAT(read.told, IsEmpty());
    EXPECT_FALSE(read.root.find("a")->quoted);
    for (const char* key : {"b", "c", "d"}) {
        EXPECT_TRUE(read.root.find(key)->quoted) << key;
        EXPECT_EQ(read.root.find(key)->text, "5");
    }
    for (const char* key : {"e", "g", "h"})
        EXPECT_EQ(read.root.find(key)->is, node::kind::null) << key;
    EXPECT_EQ(read.root.find("f")->text, "~");
}

TEST(yaml, puts_a_missing_value_at_its_key) {
    EXPECT_EQ(place(*parse("a:\n\n\nb: 1\n").root.find("a")), "f:1:1");
}

TEST(yaml, keeps_the_files_order) {
    const parsed read = parse("z: 1\na: 2\nm: 3\n");
    std::vector<std::string> names;
    for (const member& each : read.root.members)
        names.push_back(each.key.text);
    EXPECT_THAT(names, ElementsAre("z", "a", "m"));
}

TEST(yaml, follows_aliases_and_keeps_the_place_of_their_anchor) {
    const parsed read = parse("a: &x {k: v}\nb: *x\nc: [*x, *x]\n");
    ASSERT_THAT(read.told, IsEmpty());
    EXPECT_EQ(read.root.find("b")->find("k")->text, "v");
    EXPECT_EQ(place(*read.root.find("b")->find("k")), "f:1:11");
    EXPECT_THAT(read.root.find("c")->items, SizeIs(2));
}

TEST(yaml, merges_mappings_without_replacing_what_is_given) {
    const parsed read = parse("a: &a {k: 1, l: 2}\nb: &b {l: 3, m: 4}\nc: {k: 0, <<: [*a, *b]}\nd:\n  <<: *a\n");
    ASSERT_THAT(read.told, IsEmpty());
    const node& merged = *read.root.find("c");
    EXPECT_EQ(merged.find("k")->text, "0");
    EXPECT_EQ(merged.find("l")->text, "2");
    EXPECT_EQ(merged.find("m")->text, "4");
    EXPECT_EQ(merged.find("<<"), nullptr);
    EXPECT_EQ(read.root.find("d")->find("l")->text, "2");
}

TEST(yaml, keeps_what_came_before_a_syntax_error) {
    const parsed read = parse("include: [a]\nserver: {b\n");
    EXPECT_FALSE(read.whole);
    EXPECT_THAT(read.told, SizeIs(1));
    ASSERT_NE(read.root.find("include"), nullptr);
    EXPECT_EQ(read.root.find("include")->items.at(0).text, "a");
}

TEST(yaml, bounds_nesting_of_every_kind) {
    const std::string deep(10'000, '[');
    const std::string maps = [] {
        std::string text;
        for (int at = 0; at < 10'000; ++at)
            text += "{a: ";
        return text;
    }();
    const std::string dashes = [] {
        std::string text;
        for (int at = 0; at < 10'000; ++at)
            text += "- ";
        return text;
    }();
    const std::string questions = [] {
        std::string text;
        for (int at = 0; at < 10'000; ++at)
            text += "? ";
        return text;
    }();
    for (const std::string& text : {deep, maps, dashes, questions}) {
        const parsed read = parse(text);
        EXPECT_FALSE(read.whole);
        ASSERT_THAT(read.told, SizeIs(1));
        EXPECT_THAT(read.told[0], ::testing::HasSubstr("nested deeper than 64 levels")) << text.substr(0, 4);
    }
    EXPECT_TRUE(parse(std::string(64, '[') + std::string(64, ']')).whole);
    EXPECT_FALSE(parse(std::string(65, '[') + std::string(65, ']')).whole);
}

TEST(yaml, bounds_what_aliases_multiply) {
    std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level <= 12; ++level) {
        const std::string below = "*a" + std::to_string(level - 1);
        const std::string name = "a" + std::to_string(level);
        laughs += name + ": &" + name + " [";
        for (int times = 0; times < 10; ++times)
            laughs += (times > 0 ? ", " : "") + below;
        laughs += "]\n";
    }
    const parsed read = parse(laughs);
    EXPECT_FALSE(read.whole);
    EXPECT_THAT(read.told, ElementsAre(::testing::HasSubstr("more than 100000 values, with what aliases repeat")));
}

TEST(yaml, bounds_how_deep_aliases_nest) {
    std::string text = "a0: &a0 [x]\n";
    for (int level = 1; level <= 100; ++level) {
        text +=
            "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" + std::to_string(level - 1) + "]\n";
    }
    EXPECT_THAT(parse(text).told, ElementsAre(::testing::HasSubstr("nested deeper than 64 levels")));
}

TEST(yaml, bounds_the_size_of_a_file) {
    EXPECT_THAT(parse(std::string(yaml_limits::bytes + 1, '#')).told,
                ElementsAre("f:1:1: the file is larger than 1 MiB; split it with `include`"));
    EXPECT_TRUE(parse(std::string(yaml_limits::bytes, '#')).whole);
}

}  // namespace
}  // namespace nearside::config
