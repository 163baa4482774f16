#include "aggregators/select.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

const std::string document = R"({"count": 3, "results": [
    {"id": 1, "status": "running", "owner": {"name": "a"}},
    {"id": 2.0, "status": "done", "owner": null},
    {"id": 3, "status": "run\u006eing", "owner": {"name": "c"}}], "t\u0061gs": ["x", "y"]})";

std::string found(const step_value& value, std::string_view path) {
    const json_path paths[] = {*parse_json_path(path)};
    const auto values = select(value, paths, {});
    if (!values) return std::string(to_string(values.error().code)) + ": " + values.error().detail;
    std::string text;
    for (const json_value& one : values->front()) {
        if (!text.empty()) text += ' ';
        text += one.kind == json_kind::missing ? "-" : std::string(one.raw);
    }
    return text;
}

std::string found(std::string_view json, std::string_view path) {
    return found(step_value::single(buffer::copy_of(json)), path);
}

step_value list_of(std::initializer_list<std::string_view> documents) {
    step_value list;
    list.list = true;
    for (const std::string_view json : documents) {
        list.which.push_back(json.empty() ? step_value::nothing : static_cast<std::uint32_t>(list.documents.size()));
        if (!json.empty()) list.documents.push_back(buffer::copy_of(json));
    }
    return list;
}

TEST(select, finds_the_nodes_that_a_path_names) {
    EXPECT_EQ(found(document, "count"), "3");
    EXPECT_EQ(found(document, "results[1].id"), "2.0");
    EXPECT_EQ(found(document, "results[-1].owner.name"), "\"c\"");
    EXPECT_EQ(found(document, "results[*].id"), "1 2.0 3");
    EXPECT_EQ(found(document, "tags[*]"), "\"x\" \"y\"");
    EXPECT_EQ(found(document, "results[1].owner"), "null");
    EXPECT_EQ(found("  7 ", "$"), "7");
    EXPECT_EQ(found(R"({"a":1,"b":[2]})", "$[*]"), "1 [2]");
}

TEST(select, finds_nothing_where_there_is_nothing) {
    EXPECT_EQ(found(document, "results[3].id"), "-");
    EXPECT_EQ(found(document, "results[-4].id"), "-");
    EXPECT_EQ(found(document, "results.id"), "-");
    EXPECT_EQ(found(document, "count.x"), "-");
    EXPECT_EQ(found(document, "nope[*]"), "");
    EXPECT_EQ(found(document, "results[1].owner.name"), "-");
}

TEST(select, filters_by_text_however_escaped_and_by_numbers_however_written) {
    EXPECT_EQ(found(document, "results[?@.status == 'running'].id"), "1 3");
    EXPECT_EQ(found(document, "results[?@.status != 'running'].id"), "2.0");
    EXPECT_EQ(found(document, "results[?@.id == 2].status"), "\"done\"");
    EXPECT_EQ(found(document, "results[?@.id >= 2].id"), "2.0 3");
    EXPECT_EQ(found(document, "results[?@.owner == null].id"), "2.0");
    EXPECT_EQ(found(document, "results[?@.owner.name < 'b'].id"), "1");
    EXPECT_EQ(found(document, "results[?@.nope != 1].id"), "1 2.0 3");
    EXPECT_EQ(found(document, "results[?@.nope <= 1].id"), "");
    EXPECT_EQ(found("[1,\"1\",true]", "$[?@ == 1]"), "1");
}

TEST(select, reads_the_last_of_members_with_the_same_name) {
    EXPECT_EQ(found(R"({"a":1,"a":2})", "a"), "2");
    EXPECT_EQ(found(R"({"a":{"b":1},"a":{"c":2}})", "a.b"), "-");
    EXPECT_EQ(found(R"({"a":[1,2],"x":0,"a":[3]})", "a[*]"), "3");
    EXPECT_EQ(found(R"([{"a":1,"\u0061":2},{"a":3}])", "$[*].a"), "2 3");
    EXPECT_EQ(found(R"([{"a":{"b":1},"a":{"b":2}},{"a":{"b":3}}])", "$[*].a.b"), "2 3");
    EXPECT_EQ(found(R"([{"a":1,"a":2}])", "$[?@.a == 1].a"), "");
}

TEST(select, finds_all_paths_in_one_walk_even_where_they_cross) {
    const step_value value = step_value::single(buffer::copy_of(document));
    const json_path paths[] = {*parse_json_path("results[*].id"), *parse_json_path("results[0].id"),
                               *parse_json_path("results[-1]['status']"), *parse_json_path("results[?@.id > 1].id"),
                               *parse_json_path("results")};
    const auto values = select(value, paths, {});
    ASSERT_TRUE(values.has_value());
    EXPECT_EQ((*values)[0].size(), 3u);
    EXPECT_EQ((*values)[1].front().raw, "1");
    EXPECT_EQ((*values)[2].front().raw, R"("run\u006eing")");
    EXPECT_EQ((*values)[3].size(), 2u);
    EXPECT_EQ((*values)[4].front().kind, json_kind::array);
}

TEST(select, refuses_a_document_that_is_not_json_wherever_the_fault_is) {
    EXPECT_EQ(found(R"({"a":1,"b":[1,]})", "a"), "invalid_json: no value at byte 14");
    EXPECT_EQ(found("", "a"), "invalid_json: an empty document at byte 0");
    EXPECT_EQ(found(R"({"a":"\ud800\u"})", "a"), "invalid_json: an escape without four hexadecimal digits at byte 14");
    EXPECT_EQ(found(R"({"\u00":"x"})", "a"), "invalid_json: an escape without four hexadecimal digits at byte 6");
    const json_path paths[] = {*parse_json_path("a")};
    const auto deep = select(step_value::single(buffer::copy_of("[[[1]]]")), paths, {.depth = 2});
    EXPECT_EQ(deep.error().code, errc::depth_limit);
}

TEST(select, reads_a_list_of_documents_as_an_array) {
    const step_value list = list_of({R"({"v":1})", "", R"({"v":3})"});
    EXPECT_EQ(found(list, "$[*].v"), "1 3");
    EXPECT_EQ(found(list, "$[-1].v"), "3");
    EXPECT_EQ(found(list, "$[1]"), "null");
    EXPECT_EQ(found(list, "$[?@.v > 1].v"), "3");
    EXPECT_EQ(found(list, "$[9].v"), "-");
}

TEST(text_of, gives_text_for_urls_and_refuses_what_has_none) {
    EXPECT_EQ(text_of({json_kind::string, R"("a\u0020b")"}).value(), "a b");
    EXPECT_EQ(text_of({json_kind::number, "1.50"}).value(), "1.50");
    EXPECT_EQ(text_of({json_kind::boolean, "true"}).value(), "true");
    EXPECT_EQ(text_of({json_kind::array, "[]"}).error().code, errc::wrong_type);
    EXPECT_EQ(text_of({json_kind::string, R"("\ud800")"}).error().code, errc::wrong_type);
}

std::string rows(std::string_view json, std::string_view list, std::initializer_list<std::string_view> columns,
                 std::size_t most = 100) {
    std::vector<json_path> paths;
    for (const std::string_view column : columns)
        paths.push_back(*parse_json_path(column));
    const step_value value = step_value::single(buffer::copy_of(json));  // the table points into it
    const auto table = select_items(value, *parse_json_path(list), paths, {.values = most});
    if (!table) return std::string(to_string(table.error().code));
    if (!table->present) return "absent";
    std::string text;
    for (std::size_t row = 0; row < table->items.size(); ++row) {
        for (std::size_t column = 0; column < table->columns; ++column) {
            const json_value& cell = table->cell(row, column);
            text += cell.kind == json_kind::missing ? "-" : std::string(cell.raw);
            text += ' ';
        }
        text += "| ";
    }
    return text;
}

TEST(select_items, gives_each_item_the_values_that_its_url_needs) {
    EXPECT_EQ(rows(document, "results[*]", {"id", "owner.name"}), "1 \"a\" | 2.0 - | 3 \"c\" | ");
    EXPECT_EQ(rows(document, "results[?@.id > 1]", {"id"}), "2.0 | 3 | ");
    EXPECT_EQ(rows("[1,2]", "$[*]", {"$"}), "1 | 2 | ");
    EXPECT_EQ(rows(R"({"g":[{"j":[{"id":1}]},{},{"j":[{"id":2},{"id":2,"id":3}]}]})", "g[*].j[*]", {"id"}),
              "1 | 2 | 3 | ");
    EXPECT_EQ(rows(R"([{"t":[{"a":1},{"a":2}]},{"t":[]}])", "$[*]", {"t[*].a"}), "1 | - | ");
}

TEST(select_items, tells_no_list_from_an_empty_one_and_from_a_wrong_one) {
    EXPECT_EQ(rows(R"({"a":[]})", "a[*]", {}), "");
    EXPECT_EQ(rows(R"({"a":null})", "a[*]", {}), "absent");
    EXPECT_EQ(rows(R"({})", "a[*]", {}), "absent");
    EXPECT_EQ(rows(R"({"a":"text"})", "a[*]", {}), "wrong_type");
    EXPECT_EQ(rows(R"({"a":[1,2,3]})", "a[*]", {}, 2), "fan_out_limit");
    EXPECT_EQ(rows(R"({"a":[1,2],"a":[3]})", "a[*]", {"$"}), "3 | ");
    EXPECT_EQ(rows(R"([{"o":{"id":1},"o":{"x":2}},{"o":{"id":4}}])", "$[*]", {"o.id"}), "- | 4 | ");
}

}  // namespace
}  // namespace nearside::aggregators
