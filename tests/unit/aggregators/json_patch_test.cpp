#include "aggregators/json_patch.h"

#include "tests/support/apply_json_patch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

constexpr std::size_t enough = 100'000'000;

std::optional<std::string> patch_of(std::string_view older, std::string_view newer, const patch_rules& rules) {
    const auto patch = json_patch(buffer::copy_of(older), buffer::copy_of(newer), rules);
    if (patch) {
        EXPECT_LE(patch->size(), rules.limit);
        EXPECT_EQ(support::apply_json_patch(support::read_json_tree(older), *patch), support::read_json_tree(newer));
    }
    return patch;
}

std::string patch_of(std::string_view older, std::string_view newer) {
    return patch_of(older, newer, {.item_id = "id", .limit = enough}).value_or("nothing");
}

// The same beside a long text, so that replacing all of it never is the shorter way.
std::string beside_much(std::string_view value) {
    return fmt::format(R"({{"x":{},"much":"{}"}})", value, std::string(3000, 'm'));
}
std::string patch_beside_much(std::string_view older, std::string_view newer) {
    return patch_of(beside_much(older), beside_much(newer));
}

// Jobs with a text that is longer than an operation.
std::string job(int id, std::string_view progress) {
    return fmt::format(R"({{"id":{},"name":"{}","progress":{}}})", id, std::string(200, 'n'), progress);
}

TEST(json_patch, nothing_changed) {
    EXPECT_EQ(patch_of(R"({"a":[1,2]})", R"({"a":[1,2]})"), "[]");
    EXPECT_EQ(patch_of(R"({"a":[1,2],"b":1})", " { \"b\" : 1, \"a\":[ 1 ,2 ]}\n"), "[]");
}

TEST(json_patch, a_number_is_what_is_written) {
    EXPECT_EQ(patch_beside_much("1", "1.0"), R"([{"op":"replace","path":"/x","value":1.0}])");
    EXPECT_EQ(patch_beside_much("9007199254740993", "9007199254740992"),
              R"([{"op":"replace","path":"/x","value":9007199254740992}])");
}

TEST(json_patch, members_come_go_and_change) {
    const std::string much(300, 'm');
    EXPECT_EQ(patch_of(fmt::format(R"({{"much":"{}","b":1,"c":2}})", much),
                       fmt::format(R"({{"d":4,"b":3,"much":"{}"}})", much)),
              R"([{"op":"replace","path":"/b","value":3},{"op":"remove","path":"/c"},)"
              R"({"op":"add","path":"/d","value":4}])");
}

TEST(json_patch, names_are_told_as_pointers) {
    const std::string much(300, 'm');
    EXPECT_EQ(patch_of(fmt::format(R"({{"a/b~c\"\\\n":1,"":2,"much":"{}"}})", much),
                       fmt::format(R"({{"a/b~c\"\\\n":3,"":4,"much":"{}"}})", much)),
              "[{\"op\":\"replace\",\"path\":\"/a~1b~0c\\\"\\\\\\u000a\",\"value\":3},"
              "{\"op\":\"replace\",\"path\":\"/\",\"value\":4}]");
}

TEST(json_patch, names_are_compared_by_what_they_stand_for) {
    EXPECT_EQ(patch_of(R"({"a":1,"\u00e9":2})", R"({"\u0061":1,"é":2})"), "[]");
}

TEST(json_patch, an_object_with_a_name_twice_is_replaced_whole) {
    EXPECT_EQ(patch_beside_much(R"({"a":1,"a":2})", R"({"a":3,"a":2})"),
              R"([{"op":"replace","path":"/x","value":{"a":3,"a":2}}])");
    EXPECT_EQ(patch_beside_much(R"({"a":1,"b":2})", R"({"a":1,"\u0061":2})"),
              R"([{"op":"replace","path":"/x","value":{"a":1,"\u0061":2}}])");
    // More members than are compared one with one.
    std::string many = R"({"a":0)";
    for (int member = 0; member < 40; ++member)
        many += fmt::format(R"(,"m{}":{})", member, member);
    const std::string twice = many + R"(,"m7":1})";
    EXPECT_EQ(patch_beside_much(many + "}", twice),
              fmt::format(R"([{{"op":"replace","path":"/x","value":{}}}])", twice));
}

TEST(json_patch, a_name_that_is_no_text_is_replaced_with_its_object) {
    EXPECT_EQ(patch_beside_much(R"({"\ud800":1})", R"({"\ud800":2})"),
              R"([{"op":"replace","path":"/x","value":{"\ud800":2}}])");
}

TEST(json_patch, another_type_is_another_value) {
    EXPECT_EQ(patch_beside_much("[]", "{}"), R"([{"op":"replace","path":"/x","value":{}}])");
    EXPECT_EQ(patch_of("1", "[2]"), R"([{"op":"replace","path":"","value":[2]}])");
}

TEST(json_patch, a_job_that_went_on_is_one_number) {
    EXPECT_EQ(
        patch_of("[" + job(1, "0.5") + "," + job(2, "0.25") + "]", "[" + job(1, "0.5") + "," + job(2, "0.75") + "]"),
        R"([{"op":"replace","path":"/1/progress","value":0.75}])");
}

TEST(json_patch, a_new_job_in_front_moves_nothing) {
    EXPECT_EQ(patch_of("[" + job(1, "1") + "," + job(2, "2") + "]",
                       "[" + job(3, "0") + "," + job(1, "1") + "," + job(2, "3") + "]"),
              fmt::format(R"([{{"op":"add","path":"/0","value":{}}},{})", job(3, "0"),
                          R"({"op":"replace","path":"/2/progress","value":3}])"));
}

TEST(json_patch, the_job_that_went_to_the_top_is_moved_and_then_changed) {
    EXPECT_EQ(patch_of("[" + job(1, "1") + "," + job(2, "2") + "," + job(3, "3") + "]",
                       "[" + job(3, "4") + "," + job(1, "1") + "," + job(2, "2") + "]"),
              R"([{"op":"move","path":"/0","from":"/2"},{"op":"replace","path":"/0/progress","value":4}])");
}

TEST(json_patch, the_member_that_tells_items_apart_is_a_rule) {
    const auto item = [](std::string_view key, int value) {
        return fmt::format(R"({{"id":1,"uuid":"{}","v":{},"text":"{}"}})", key, value, std::string(200, 't'));
    };
    const patch_rules rules{.item_id = "uuid", .limit = enough};
    EXPECT_EQ(
        patch_of("[" + item("a", 1) + "," + item("b", 2) + "]", "[" + item("b", 3) + "," + item("a", 1) + "]", rules),
        R"([{"op":"move","path":"/0","from":"/1"},{"op":"replace","path":"/0/v","value":3}])");
}

TEST(json_patch, items_with_one_id_are_told_one_by_one) {
    EXPECT_EQ(patch_of("[" + job(1, "1") + "," + job(1, "2") + "]", "[" + job(1, "3") + "," + job(1, "2") + "]"),
              R"([{"op":"replace","path":"/0/progress","value":3}])");
}

TEST(json_patch, a_chart_that_moved_on_loses_its_first_point_and_gets_one) {
    std::string before = "[";
    std::string after = "[";
    for (int step = 0; step < 100; ++step) {
        before += fmt::format("{}[{},0.5]", step == 0 ? "" : ",", step);
        after += fmt::format("{}[{},0.5]", step == 0 ? "" : ",", step + 1);
    }
    EXPECT_EQ(patch_of(before + "]", after + "]"),
              R"([{"op":"remove","path":"/0"},{"op":"add","path":"/99","value":[100,0.5]}])");
}

TEST(json_patch, what_is_shorter_whole_is_replaced_whole) {
    EXPECT_EQ(patch_of(R"({"a":1,"b":2,"c":3})", R"({"a":4,"b":5,"c":6})"),
              R"([{"op":"replace","path":"","value":{"a":4,"b":5,"c":6}}])");
}

TEST(json_patch, what_costs_more_to_change_than_to_replace_is_replaced) {
    EXPECT_EQ(patch_beside_much("[1,2,3,4]", "[5,6,7,8]"), R"([{"op":"replace","path":"/x","value":[5,6,7,8]}])");
}

TEST(json_patch, longer_than_the_limit_is_nothing) {
    const std::string older = "[" + job(1, "1") + "," + job(2, "2") + "]";
    const std::string newer = "[" + job(1, "1") + "," + job(2, "3") + "]";
    const std::string patch = R"([{"op":"replace","path":"/1/progress","value":3}])";
    EXPECT_EQ(patch_of(older, newer, {.limit = patch.size()}), patch);
    EXPECT_EQ(patch_of(older, newer, {.limit = patch.size() - 1}), std::nullopt);
    EXPECT_EQ(patch_of(older, newer, {.limit = 0}), std::nullopt);
    EXPECT_EQ(patch_of(older, older, {.limit = 2}), "[]");
}

TEST(json_patch, a_document_that_is_not_json_has_no_patch) {
    EXPECT_EQ(json_patch(buffer::copy_of("{"), buffer::copy_of("{}"), {.limit = enough}), std::nullopt);
    EXPECT_EQ(json_patch(buffer::copy_of("{}"), buffer::copy_of("{]"), {.limit = enough}), std::nullopt);
}

TEST(json_patch, takes_bodies_in_pieces) {
    const buffer piece = buffer::copy_of(R"({"a":)");
    const buffer rest = buffer::copy_of("1}");
    const body older(std::vector<slice>{{piece.owner(), piece.view()}, {rest.owner(), rest.view()}});
    EXPECT_EQ(json_patch(older, body(std::string(R"({"a":2})")), {.limit = enough}),
              R"([{"op":"replace","path":"/a","value":2}])");
}

TEST(json_patch, deep_documents_are_replaced_where_they_are_deep) {
    const auto nested = [](std::size_t levels, std::string_view inside) {
        return std::string(levels, '[') + std::string(inside) + std::string(levels, ']');
    };
    const auto patch =
        json_patch(buffer::copy_of(nested(100'000, "1")), buffer::copy_of(nested(100'000, "2")), {.limit = enough});
    ASSERT_TRUE(patch);
    EXPECT_NE(patch->find(nested(100'000 - most_patched_depth, "2")), std::string::npos);
}

}  // namespace
}  // namespace nearside::aggregators
