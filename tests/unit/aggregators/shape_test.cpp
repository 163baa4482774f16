#include "aggregators/shape.h"

#include "tests/unit/aggregators/shape_rig.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nearside::aggregators {
namespace {

std::string complaints(std::string_view out) {
    std::vector<config::complaint> all;
    const auto shape = compile_shape(yaml(out), board_names(), all);
    EXPECT_EQ(shape == nullptr, !all.empty());
    std::string text;
    for (const config::complaint& one : all)
        text += one.to_string() + "\n";
    return text;
}

std::vector<std::uint32_t> steps(std::string_view out) {
    std::vector<config::complaint> all;
    return compile_shape(yaml(out), board_names(), all)->steps();
}

TEST(shape, knows_which_steps_it_waits_for) {
    EXPECT_EQ(steps("owner: owner"), (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(steps("{each: 'jobs[*]', as: job, with: {m: 'metrics[job]', p: project.name}}"),
              (std::vector<std::uint32_t>{0, 2, 3}));
    EXPECT_EQ(steps("{a: 1, b: id}"), (std::vector<std::uint32_t>{}));
    EXPECT_EQ(whole_steps_shape(board_names())->steps(), (std::vector<std::uint32_t>{0, 1, 2, 3}));
}

TEST(shape, tells_an_unknown_name_with_its_place_and_the_nearest_one) {
    EXPECT_EQ(
        complaints("owner: ownr"),
        "view.yaml:1:8: nothing is called 'ownr' here; did you mean 'owner'? A constant text is `{literal: ownr}`\n");
    EXPECT_EQ(complaints("a: {each: 'jobs[*]', as: job, with: {x: jb.id}}").substr(0, 54),
              "view.yaml:1:41: nothing is called 'jb' here; did you m");
}

TEST(shape, tells_every_fault_at_once) {
    const std::string all = complaints("a: nope1\nb: {from: jobs, pik: [x]}\nc: 'project..x'\nd: metrics.x\n");
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4) << all;
}

TEST(shape, tells_what_can_never_resolve) {
    EXPECT_NE(complaints("m: 'metrics[job]'").find("no loop here is called 'job'"), std::string::npos);
    EXPECT_NE(complaints("m: metrics.x").find("'metrics' is a list"), std::string::npos);
    EXPECT_NE(complaints("m: 'owner[job]'").find("one document"), std::string::npos);
    EXPECT_NE(complaints("m: id.x").find("'id' is a parameter"), std::string::npos);
    EXPECT_NE(complaints("{each: jobs.results}").find("write `jobs.results[*]`"), std::string::npos);
    EXPECT_NE(complaints("{each: metrics}").find("write `metrics[*]`"), std::string::npos);
    EXPECT_NE(complaints("{from: 'jobs[*]', pick: [id]}").find("selects several values"), std::string::npos);
    EXPECT_NE(complaints("{each: 'project.list[*]', as: job, pick: [], with: {m: 'metrics[job]'}}")
                  .find("has a result for each item of 'jobs'"),
              std::string::npos);
}

TEST(shape, tells_keys_that_do_not_fit) {
    EXPECT_NE(complaints("{from: jobs, pick: [id], omit: [x]}").find("exclude each other"), std::string::npos);
    EXPECT_NE(complaints("{from: jobs, each: 'jobs[*]'}").find("exclude each other"), std::string::npos);
    EXPECT_NE(complaints("{from: jobs, as: job}").find("`as` names the item of an `each`"), std::string::npos);
    EXPECT_NE(complaints("{pick: [id]}").find("needs a `from` or an `each`"), std::string::npos);
    EXPECT_NE(complaints("{from: jobs, pick: [owner.name]}").find("looks like a path"), std::string::npos);
    EXPECT_NE(complaints("{each: 'jobs[*]', as: owner}").find("cannot name the item"), std::string::npos);
    EXPECT_NE(complaints("{from: jobs, sort: id}").find("`sort` is not in this version"), std::string::npos);
    EXPECT_NE(complaints("{literal: a, from: jobs}").find("`literal` stands alone"), std::string::npos);
    EXPECT_NE(complaints("{from: jobs, with: [a]}").find("`with` is a mapping"), std::string::npos);
    EXPECT_NE(complaints("{from: {a: b}}").find("a reference is needed here"), std::string::npos);
}

TEST(shape, takes_names_that_look_like_keys_where_no_shape_is_meant) {
    EXPECT_EQ(complaints("{count: jobs.count, first: 'jobs.results[0]', limit: 5}"), "");
    EXPECT_EQ(complaints("{with: {from: owner, each: project, pick: id}}"), "");
}

TEST(literal_json, keeps_numbers_as_written_and_quotes_the_rest) {
    EXPECT_EQ(literal_json(yaml("[1.50, -0, 1e3, true, null, ~, text, '1', \"true\", 0x10, {a b: [], c: {}}]")),
              R"([1.50,-0,1e3,true,null,null,"text","1","true","0x10",{"a b":[],"c":{}}])");
}

}  // namespace
}  // namespace nearside::aggregators
