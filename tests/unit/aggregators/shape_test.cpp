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
    EXPECT_NE(complaints("{literal: a, from: jobs}").find("`literal` stands alone"), std::string::npos);
    EXPECT_NE(complaints("{from: jobs, with: [a]}").find("`with` is a mapping"), std::string::npos);
    EXPECT_NE(complaints("{from: {a: b}}").find("a reference is needed here"), std::string::npos);
}

TEST(shape, tells_words_that_do_not_go_together) {
    EXPECT_EQ(complaints("{from: jobs, sort: id}"),
              "view.yaml:1:8: `from` needs a reference that selects several values, and 'jobs' is one; write "
              "`jobs[*]`\n");
    EXPECT_EQ(complaints("n: {count: jobs.count}"),
              "view.yaml:1:12: `count` needs a reference that selects several values, and 'jobs.count' is one; write "
              "`jobs.count[*]`; a member called `count` is written below `with:`\n");
    EXPECT_EQ(complaints("{first: 'jobs[*]', each: 'jobs[*]'}"),
              "view.yaml:1:2: `first` and `each` exclude each other; keep one\n");
    EXPECT_EQ(complaints("{count: 'jobs[*]', pick: [id]}"),
              "view.yaml:1:20: `pick` says nothing beside `count`; remove it\n");
    EXPECT_EQ(complaints("{from: project, limits: 3}"),
              "view.yaml:1:17: unknown key `limits` in a shape; did you mean `limit`? Members of your own go below "
              "`with:`\n");
    EXPECT_EQ(complaints("{from: project, jq: .a}"),
              "view.yaml:1:17: `jq` is of a step or of the view, not of a shape; write it beside the step's `get`, or "
              "beside `out`\n");
}

TEST(shape, tells_what_is_wrong_behind_a_word) {
    const auto told = [](std::string_view out, std::string_view what) {
        const std::string all = complaints(out);
        EXPECT_NE(all.find(what), std::string::npos) << all;
    };
    told("{each: 'jobs[*]', limit: x}", "view.yaml:1:26: `limit` takes a whole number; write `limit: 10`");
    told("{each: 'jobs[*]', limit: -1}", "`limit` takes a whole number");
    told("{each: 'jobs[*]', offset: 1.5}", "`offset` takes a whole number");
    told("{each: 'jobs[*]', sort: {by: id, order: up}}", "view.yaml:1:41: 'up' is no order; write `asc` or `desc`");
    told("{each: 'jobs[*]', sort: {buy: id}}", "unknown key `buy` in `sort`");
    told("{each: 'jobs[*]', sort: 'a[*]'}", "'a[*]' selects several values");
    told("{each: 'jobs[*]', sort: 'a..b'}", "view.yaml:1:28: 'a..b'");
    told("{each: 'jobs[*]', sort: {by: 'metrics[job].n'}}", "no loop here is called 'job'");
    told("{from: project, rename: [a]}", "`rename` is a mapping of names");
    told("{from: project, rename: {a: [b]}}", "`a` needs one new name");
    told("{from: project, rename: {a: x, b: x}}", "two members are renamed to `x`");
    told("{from: project, pick: [b], rename: {a: x}}", "`a` is renamed, and `pick` leaves it out; add it to `pick`");
    told("{from: project, omit: [a], rename: {a: x}}", "`a` is renamed, and `omit` leaves it out");
    told("{merge: [{each: 'jobs[*]'}]}", "`merge` takes references");
    told("{merge: [{from: project, with: {a: 1}}]}", "add members of your own with `with:` beside `merge`");
    told("{merge: [id]}", "'id' is a text, without members");
    told("{merge: [{from: project, pick: a}, owner], omit: [b]}", "one of them does itself");
    told("{merge: [projct]}", "did you mean 'project'?");
}

TEST(shape, takes_names_that_look_like_keys_where_no_shape_is_meant) {
    EXPECT_EQ(complaints("{count: jobs.count, first: 'jobs.results[0]', limit: 5}"), "");
    EXPECT_EQ(complaints("{count: 3, next: jobs.next}"), "");
    EXPECT_EQ(complaints("[{count: 5}, {first: {each: 'jobs[*]'}}, {limit: 3, sort: jobs.sort}]"), "");
    EXPECT_EQ(complaints("{with: {from: owner, each: project, pick: id}}"), "");
}

TEST(literal_json, keeps_numbers_as_written_and_quotes_the_rest) {
    EXPECT_EQ(literal_json(yaml("[1.50, -0, 1e3, true, null, ~, text, '1', \"true\", 0x10, {a b: [], c: {}}]")),
              R"([1.50,-0,1e3,true,null,null,"text","1","true","0x10",{"a b":[],"c":{}}])");
}

}  // namespace
}  // namespace nearside::aggregators
