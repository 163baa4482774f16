#include "aggregators/learned_type_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {
namespace {

learned_type learned(std::string_view json, const learning_limits& limits = {}) {
    const body document{std::string(json)};
    std::optional<learned_type> type = learn_type(document.slices(), limits);
    EXPECT_TRUE(type) << json;
    return type ? *std::move(type) : learned_type();
}

learned_type learned_of(const std::vector<std::string>& documents, const learning_limits& limits = {}) {
    learned_type all;
    for (const std::string& each : documents)
        all.add(learned(each, limits), limits);
    all.keep_within(limits);
    return all;
}

std::string schema_of(const std::vector<std::string>& documents, const learning_limits& limits = {}) {
    return learned_of(documents, limits).to_schema();
}

TEST(learned_type, tells_each_type) {
    EXPECT_EQ(schema_of({"null"}), R"({"type":"null"})");
    EXPECT_EQ(schema_of({"true"}), R"({"type":"boolean"})");
    EXPECT_EQ(schema_of({"-12"}), R"({"type":"integer"})");
    EXPECT_EQ(schema_of({"12345678901234567890"}), R"({"type":"integer"})");
    EXPECT_EQ(schema_of({"1.0"}), R"({"type":"number"})");
    EXPECT_EQ(schema_of({"1e3"}), R"({"type":"number"})");
    EXPECT_EQ(schema_of({R"("a\"b")"}), R"({"type":"string"})");
    EXPECT_EQ(schema_of({"[]"}), R"({"type":"array"})");
    EXPECT_EQ(schema_of({"{}"}), R"({"type":"object"})");
}

TEST(learned_type, a_fraction_once_makes_a_number) {
    EXPECT_EQ(schema_of({"1", "2.5", "3"}), R"({"type":"number"})");
}

TEST(learned_type, null_now_and_then_is_told) {
    EXPECT_EQ(schema_of({R"({"a":null})", R"({"a":"x"})"}),
              R"({"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"]})");
}

TEST(learned_type, members_that_are_always_there_are_required) {
    EXPECT_EQ(schema_of({R"({"b":1,"a":true})", R"({"b":2,"c":"x"})"}),
              R"({"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"integer"},"c":{"type":"string"}},)"
              R"("required":["b"]})");
}

TEST(learned_type, an_empty_object_requires_nothing) {
    EXPECT_EQ(schema_of({R"({"a":1})", "{}"}), R"({"type":"object","properties":{"a":{"type":"integer"}}})");
}

TEST(learned_type, another_type_in_its_place_takes_no_member_away) {
    EXPECT_EQ(schema_of({R"({"a":1})", "null"}),
              R"({"type":["object","null"],"properties":{"a":{"type":"integer"}},"required":["a"]})");
}

TEST(learned_type, items_of_a_list_have_one_type) {
    EXPECT_EQ(schema_of({R"([{"id":1},{"id":2,"name":"x"}])", "[null]"}),
              R"({"type":"array","items":{"type":["object","null"],"properties":{"id":{"type":"integer"},)"
              R"("name":{"type":"string"}},"required":["id"]}})");
}

TEST(learned_type, the_first_items_of_each_list_are_looked_at_and_the_rest_is_passed_over) {
    const learning_limits two{.items = 2};
    EXPECT_EQ(
        learned(R"({"a":[1,2,"]\"}",{"x":[{}]}],"b":3})", two).to_schema(),
        R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{"type":"integer"}},)"
        R"("required":["a","b"]})");
}

TEST(learned_type, of_a_map_the_first_values_are_looked_at) {
    const learning_limits two{.items = 2};
    EXPECT_EQ(learned(R"({"m":{"1":1,"2":2,"3":"}","4":{}},"b":true})", two).to_schema(),
              R"({"type":"object","properties":{"b":{"type":"boolean"},"m":{"type":"object",)"
              R"("additionalProperties":{"type":"integer"}}},"required":["b","m"]})");
}

TEST(learned_type, of_a_huge_document_what_is_not_looked_at_teaches_nothing_and_hides_nothing) {
    const learning_limits five{.values = 5};
    EXPECT_EQ(learned(R"({"a":[1,2,3,4.5,null],"b":{"x":1},"c":[{}],"d":true})", five).to_schema(),
              R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{},"c":{},)"
              R"("d":{"type":"boolean"}},"required":["a","b","c","d"]})");
}

TEST(learned_type, what_is_too_deep_may_be_anything) {
    const learning_limits shallow{.depth = 2};
    EXPECT_EQ(learned(R"({"a":{"b":{"c":"}"}},"d":1})", shallow).to_schema(),
              R"({"type":"object","properties":{"a":{"type":"object","properties":{"b":{}},"required":["b"]},)"
              R"("d":{"type":"integer"}},"required":["a","d"]})");
}

TEST(learned_type, a_member_named_twice_has_either_type) {
    EXPECT_EQ(schema_of({R"({"a":1,"a":"x"})"}),
              R"({"type":"object","properties":{"a":{"type":["string","integer"]}},"required":["a"]})");
}

TEST(learned_type, names_are_told_as_they_read_not_as_they_were_escaped) {
    EXPECT_EQ(schema_of({R"({"n\u0061me":1})", R"({"name":2})"}),
              R"({"type":"object","properties":{"name":{"type":"integer"}},"required":["name"]})");
}

// --- maps

TEST(learned_type, names_that_are_data_make_a_map_and_are_forgotten) {
    for (const char* const name :
         {"101", "2026-11-22", "10.0.0.1", "9b2f1c3e-5a7d-4c1b-8f6e-2d3c4b5a6978", "minji@example.nl", "job-171",
          "run:20451", "usr_01hv3k9x2m4q5r6t7", "deadbeef1", "", "a/b", "\\ud800",
          "a name that is longer than any that the author of a document would give a member"}) {
        const std::string schema = schema_of({fmt::format(R"({{"{}":{{"n":1}}}})", name)});
        EXPECT_EQ(schema, R"({"type":"object","additionalProperties":{"type":"object","properties":{"n":)"
                          R"({"type":"integer"}},"required":["n"]}})")
            << name;
    }
}

TEST(learned_type, names_that_authors_give_are_told) {
    for (const char* const name : {"id", "created_at", "line_2", "address1", "@type", "$schema", "x-rate", "sha256",
                                   "24h_change", "Full Name", "p95", "utf8", "md5sum", "프로젝트"}) {
        EXPECT_NE(schema_of({fmt::format(R"({{"{}":1}})", name)}).find(name), std::string::npos) << name;
    }
}

TEST(learned_type, an_object_with_ever_new_names_is_a_map) {
    const learning_limits few{.optional = 3};
    const std::string open = schema_of({R"({"id":1,"anna":1})", R"({"id":1,"bert":1})", R"({"id":1,"carl":1})"}, few);
    EXPECT_NE(open.find("carl"), std::string::npos);
    const std::string folded = schema_of(
        {R"({"id":1,"anna":1})", R"({"id":1,"bert":1})", R"({"id":1,"carl":1.5})", R"({"id":1,"dora":null})"}, few);
    EXPECT_EQ(folded, R"({"type":"object","additionalProperties":{"type":["number","null"]}})");
}

TEST(learned_type, an_object_of_very_many_names_is_a_map) {
    const learning_limits few{.members = 3};
    EXPECT_EQ(learned(R"({"a":1,"b":1,"c":1,"d":1})", few).to_schema(),
              R"({"type":"object","additionalProperties":{"type":"integer"}})");
}

// --- documents

TEST(learned_type, what_is_no_document_teaches_nothing) {
    for (const std::string_view json : {"", " ", "{", "[1", "[1,", R"({"a")", R"({"a":})", R"({a:1})", "tru", "nil",
                                        "1 2", "{}}", "\"a", "\"a\\", "[1 2]", R"({"a":1 "b":2})"}) {
        const body document{std::string(json)};
        EXPECT_FALSE(learn_type(document.slices(), {})) << json;
    }
}

TEST(learned_type, a_document_teaches_the_same_however_it_is_sliced) {
    const std::string json =
        R"( {"name":"a \"b\" \\","li\u0073t":[1.5,-2e3,null,{"x":[true,false]}],"deep":{"y":[[]]}} )";
    const std::string whole = schema_of({json});
    for (std::size_t step = 1; step < json.size(); ++step) {
        std::vector<slice> slices;
        for (std::size_t at = 0; at < json.size(); at += step) {
            slices.push_back({nullptr, std::string_view(json).substr(at, step)});
            slices.push_back({nullptr, {}});
        }
        const std::optional<learned_type> type = learn_type(slices, {});
        ASSERT_TRUE(type) << step;
        EXPECT_EQ(type->to_schema(), whole) << step;
    }
}

TEST(learned_type, is_cut_at_the_depth_where_it_has_few_enough_places) {
    const learning_limits small{.places = 4};
    const learned_type type = learned(R"({"a":{"b":{"c":1,"d":2}},"e":1})", small);
    EXPECT_LE(type.places(), 4u);
    EXPECT_EQ(type.to_schema(),
              R"({"type":"object","properties":{"a":{"type":"object","properties":{"b":{}},"required":["b"]},)"
              R"("e":{"type":"integer"}},"required":["a","e"]})");
}

// --- in whatever order

using generator = std::mt19937_64;

std::size_t number_below(generator& random, std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

std::string random_json(generator& random, int depth) {
    static constexpr std::string_view names[] = {"id", "name", "a", "b", "c", "d", "e", "f", "g", "17"};
    switch (number_below(random, depth > 0 ? 9 : 6)) {
        case 0:
            return "null";
        case 1:
            return "true";
        case 2:
            return "7";
        case 3:
            return "1.5";
        case 4:
            return "\"x\"";
        case 5:
            return "[]";
        case 6: {
            std::string list = "[";
            const std::size_t count = number_below(random, 4) + 1;
            for (std::size_t at = 0; at < count; ++at)
                list += (at > 0 ? "," : "") + random_json(random, depth - 1);
            return list + "]";
        }
        default: {
            std::string object = "{";
            const std::size_t count = number_below(random, 5);
            for (std::size_t at = 0; at < count; ++at) {
                // The name that is data comes seldom, or nearly every object were a map.
                const std::size_t name = number_below(random, 40) == 0 ? 9 : number_below(random, 9);
                object += fmt::format("{}\"{}\":{}", at > 0 ? "," : "", names[name], random_json(random, depth - 1));
            }
            return object + "}";
        }
    }
}

// Joins are commutative, associative and idempotent: any order, any grouping, any repetition gives the same text.
TEST(learned_type, documents_in_any_order_and_grouping_teach_the_same) {
    const learning_limits tight{.members = 7, .optional = 4, .depth = 4, .items = 3};
    generator random(20261122);
    for (int round = 0; round < 3'000; ++round) {
        std::vector<std::string> documents;
        for (std::size_t count = number_below(random, 6) + 2; count > 0; --count)
            documents.push_back(random_json(random, 5));
        const learned_type once = learned_of(documents, tight);

        std::vector<std::string> shuffled = documents;
        std::shuffle(shuffled.begin(), shuffled.end(), random);
        const std::size_t cut = number_below(random, shuffled.size() + 1);
        const auto middle = shuffled.begin() + static_cast<std::ptrdiff_t>(cut);
        learned_type grouped = learned_of({shuffled.begin(), middle}, tight);
        grouped.add(learned_of({middle, shuffled.end()}, tight), tight);
        grouped.add(learned_of(documents, tight), tight);

        ASSERT_TRUE(once.equals(grouped)) << fmt::format("round {}: {}", round, once.to_schema()) << '\n'
                                          << grouped.to_schema();
        ASSERT_EQ(once.to_schema(), grouped.to_schema());
    }
}

}  // namespace
}  // namespace nearside::aggregators
