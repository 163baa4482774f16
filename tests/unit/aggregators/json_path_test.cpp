#include "aggregators/json_path.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

std::string normal(std::string_view text) {
    const auto path = parse_json_path(text);
    return path ? path->to_string() : "refused at " + std::to_string(path.error().offset) + ": " + path.error().what;
}

TEST(json_path, reads_names_indexes_wildcards_and_filters_in_either_spelling) {
    EXPECT_EQ(normal("project.owner.name"), "project.owner.name");
    EXPECT_EQ(normal("$.project['owner'][\"name\"]"), "project.owner.name");
    EXPECT_EQ(normal("jobs[*].id"), "jobs[*].id");
    EXPECT_EQ(normal("jobs.*"), "jobs[*]");
    EXPECT_EQ(normal("[0][-1]"), "[0][-1]");
    EXPECT_EQ(normal("$"), "$");
    EXPECT_EQ(normal("jobs[?@.status == 'run\\u006eing']"), "jobs[?@.status == \"running\"]");
    EXPECT_EQ(normal("jobs[?@.a['b c']>=1.5e3].x"), "jobs[?@.a[\"b c\"] >= 1.5e3].x");
    EXPECT_EQ(normal("jobs[?@!=null]"), "jobs[?@ != null]");
    EXPECT_EQ(normal("모델.이름"), "모델.이름");
}

TEST(json_path, tells_where_a_text_stops_being_a_path) {
    EXPECT_EQ(normal(""), "refused at 0: a path begins with a name, '[' or '$'");
    EXPECT_EQ(normal("a..b"), "refused at 2: '..' (any depth) is not supported");
    EXPECT_EQ(normal("a.b["), "refused at 4: neither an index, '*', '?' nor a quoted name");
    EXPECT_EQ(normal("a[01]"), "refused at 2: '01' is not an index");
    EXPECT_EQ(normal("a[1:2]"), "refused at 3: slices are not supported");
    EXPECT_EQ(normal("a[99999999999999999999]"), "refused at 2: '99999999999999999999' is not an index");
    EXPECT_EQ(normal("a['b"), "refused at 2: a quote that does not end");
    EXPECT_EQ(normal("a[?@.x == yes]"), "refused at 10: 'yes' is not a value to compare with");
    EXPECT_EQ(normal("a[?@.x]"), "refused at 6: a comparison is missing here");
    EXPECT_EQ(normal("a b"), "refused at 1: ' ' has no place in a path");
    EXPECT_EQ(normal("a[\"q\xddu\"]"), "refused at 4: this is not UTF-8");
    EXPECT_EQ(parse_reference("a.\xff").error().offset, 2u);
}

TEST(json_path, knows_whether_it_can_select_several) {
    EXPECT_TRUE(parse_json_path("a.b[0]['c'][-1]")->definite());
    EXPECT_FALSE(parse_json_path("a[*]")->definite());
    EXPECT_FALSE(parse_json_path("a[?@.x == 1].b")->definite());
}

TEST(reference, is_a_name_and_a_path_into_what_it_names) {
    const auto plain = parse_reference("jobs.results[*].id");
    ASSERT_TRUE(plain.has_value());
    EXPECT_EQ(plain->root, "jobs");
    EXPECT_FALSE(plain->loop);
    EXPECT_EQ(plain->path.to_string(), "results[*].id");

    const auto looked_up = parse_reference("metrics[job].points[-1]");
    ASSERT_TRUE(looked_up.has_value());
    EXPECT_EQ(looked_up->loop, "job");
    EXPECT_EQ(looked_up->to_string(), "metrics[job].points[-1]");
    EXPECT_EQ(parse_reference("$.project.name")->to_string(), "project.name");
}

TEST(reference, refuses_what_names_nothing) {
    EXPECT_EQ(parse_reference("5").error().offset, 0u);
    EXPECT_EQ(parse_reference("$").error().what, "'$' alone names no step");
    EXPECT_EQ(parse_reference("metrics[job").error().offset, 11u);
    EXPECT_FALSE(parse_reference("two words").has_value());
}

}  // namespace
}  // namespace nearside::aggregators
