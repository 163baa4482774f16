#include "aggregators/compose.h"

#include "tests/unit/aggregators/board_rig.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

TEST_F(board, shows_steps_whole_with_every_byte_as_the_upstream_wrote_it) {
    EXPECT_EQ(
        view("{owner: owner, project: project}"),
        R"({"owner":{"id" : 3},"project":{"id":7,"name":"한\ud55c","big":12345678901234567890.10,"list":[5,6]}})");
}

TEST_F(board, shows_parts_and_null_for_what_is_not_there) {
    EXPECT_EQ(view("[project.big, project.nope, 'project.list[-1]', jobs.count, 'jobs.results[?@.id == 2].status']"),
              R"([12345678901234567890.10,null,6,3.0,["done"]])");
    EXPECT_EQ(view("{ids: 'jobs.results[*].id', none: 'project.nope[*]', scalar: 'project.id[*]', empty: "
                   "'jobs.results[*].z'}"),
              R"({"ids":[1,2,33],"none":null,"scalar":null,"empty":[]})");
}

TEST_F(board, shows_constants_and_parameters) {
    EXPECT_EQ(view("{a: 1.50, b: true, c: null, d: {literal: 'it''s'}, e: id, f: page, g: {}, h: []}"),
              R"({"a":1.50,"b":true,"c":null,"d":"it's","e":"4\"2","f":null,"g":{},"h":[]})");
}

TEST_F(board, picks_and_omits_members_in_the_upstreams_order) {
    EXPECT_EQ(view("{from: project, pick: [list, nope, id]}"), R"({"id":7,"list":[5,6]})");
    EXPECT_EQ(view("{from: project, omit: [name, list]}"), R"({"id":7,"big":12345678901234567890.10})");
    EXPECT_EQ(view("{from: project, pick: []}"), "{}");
    EXPECT_EQ(view("{from: 'jobs.results[2]', pick: [id]}"), R"({"id":3,"id":33})");
    EXPECT_EQ(view("{from: project.nope, pick: [id]}"), "null");
}

TEST_F(board, adds_members_and_lets_them_replace_the_upstreams) {
    EXPECT_EQ(view("{from: project, pick: [id, name], with: {name: owner.id, x: 1}}"), R"({"id":7,"name":3,"x":1})");
    EXPECT_EQ(view("{from: owner, with: {x: 1}}"), R"({"id" : 3,"x":1})");
    EXPECT_EQ(view("{from: owner, pick: [], with: {x: 1, y: project.id}}"), R"({"x":1,"y":7})");
    EXPECT_EQ(view("[{from: project.nope, pick: [id], with: {x: 1}}, 2]"), "[null,2]");
}

TEST_F(board, shapes_each_item_with_what_was_fetched_for_it) {
    EXPECT_EQ(
        view("{each: 'jobs.results[*]', as: job, pick: [id, status], with: {metrics: 'metrics[job]'}}"),
        R"([{"id":1,"status":"run","metrics":{"p":[{"v":10,"s":1},{"v":11}],"n":1}},)"
        R"({"status":"done","id":2,"metrics":null},{"id":3,"id":33,"status":"\u0073top","metrics":{"p":[],"n":3}}])");
    EXPECT_EQ(view("{each: 'jobs.results[?@.id > 1]', as: job, pick: [], with: {n: 'metrics[job].n', v: "
                   "'metrics[job].p[*].v'}}"),
              R"([{"n":null,"v":null},{"n":3,"v":[]}])");
}

TEST_F(board, reaches_from_inner_loops_to_outer_items_and_other_steps) {
    EXPECT_EQ(
        view("{each: 'jobs.results[*]', as: job, pick: [], with: {tags: {each: 'job.tags[*]', as: tag, "
             "with: {job: job.id, owner: job.owner.name, project: project.id, n: 'metrics[job].n'}}}}"),
        R"([{"tags":[{"t":"x","job":1,"owner":"A","project":7,"n":1},{"t":"y","job":1,"owner":"A","project":7,"n":1}]},)"
        R"({"tags":[]},{"tags":null}])");
    EXPECT_EQ(view("{each: 'project.list[*]', as: a, pick: [], with: {all: {each: 'project.list[*]', as: b}}}"),
              "wrong_type by step 0: 'a' needs an object to take members of, and the upstream sent a number");
}

TEST_F(board, runs_a_loop_over_one_list_inside_of_another) {
    EXPECT_EQ(
        view("{each: 'jobs.results[*]', as: a, pick: [], with: {id: a.id, others: {each: 'jobs.results[?@.id != 2]', "
             "as: b, pick: [], with: {a: a.id, b: b.id}}, list: {each: 'project.list[*]', as: p}}}"),
        R"([{"id":1,"others":[{"a":1,"b":1},{"a":1,"b":33}],"list":[5,6]},)"
        R"({"id":2,"others":[{"a":2,"b":1},{"a":2,"b":33}],"list":[5,6]},)"
        R"({"id":33,"others":[{"a":33,"b":1},{"a":33,"b":33}],"list":[5,6]}])");
}

TEST_F(board, loops_over_what_was_fetched_for_an_item) {
    EXPECT_EQ(
        view("{each: 'jobs.results[*]', as: job, pick: [id], with: {p: {each: 'metrics[job].p[*]', as: point, "
             "pick: [v], with: {job: job.status}}}}"),
        R"([{"id":1,"p":[{"v":10,"job":"run"},{"v":11,"job":"run"}]},{"id":2,"p":null},{"id":3,"id":33,"p":[]}])");
}

TEST_F(board, shows_the_list_of_a_fanned_out_step) {
    EXPECT_EQ(view("metrics"), R"([{"p":[{"v":10,"s":1},{"v":11}],"n":1},null,{"p":[],"n":3}])");
    EXPECT_EQ(view("{n: 'metrics[*].n', last: 'metrics[-1].n', some: 'metrics[?@.n > 1].n', v: 'metrics[0].p[*].v'}"),
              R"({"n":[1,3],"last":3,"some":[3],"v":[10,11]})");
    EXPECT_EQ(view("{each: 'metrics[*]', as: m, pick: [n], with: {p: project.id}}"),
              R"([{"n":1,"p":7},null,{"n":3,"p":7}])");
}

TEST_F(board, shows_a_default_in_the_place_of_a_step) {
    set(1, "null");
    set(3, "[]");
    EXPECT_EQ(view("{owner: owner, some: {from: owner, pick: [id]}, name: owner.name, m: metrics, n: 'metrics[*].n'}"),
              R"({"owner":null,"some":null,"name":null,"m":[],"n":[]})");
    set(3, "null");
    EXPECT_EQ(view("{m: metrics, n: 'metrics[*].n', e: {each: 'metrics[*]', as: m, pick: [n]}}"),
              R"({"m":null,"n":null,"e":null})");
    set(3, R"([{"n":5}])");
    EXPECT_EQ(view("{m: metrics, n: 'metrics[*].n', e: {each: 'metrics[*]', as: m, pick: [n]}}"),
              R"({"m":[{"n":5}],"n":[5],"e":[{"n":5}]})");
}

TEST_F(board, reads_the_last_of_repeated_names_all_the_way_down) {
    set(2,
        R"({"results":[{"id":1,"tags":[{"t":1}]}],"results":[{"id":2,"tags":[{"t":8}],"owner":{"name":"A"},"tags":[{"t":9}],"owner":{}}]})");
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [id], with: {t: 'job.tags[*].t', o: job.owner.name, "
                   "e: {each: 'job.tags[*]', as: tag, with: {id: job.id}}}}"),
              R"([{"id":2,"t":[9],"o":null,"e":[{"t":9,"id":2}]}])");
    EXPECT_EQ(view("{ids: 'jobs.results[*].id', tags: 'jobs.results[*].tags[*].t'}"), R"({"ids":[2],"tags":[9]})");
}

TEST_F(board, blames_the_step_whose_document_does_not_fit) {
    set(0, R"({"id":1,"name":"x",})");
    EXPECT_EQ(view("{a: owner, b: project.id}"), "invalid_json by step 0: a member without a quoted name at byte 19");
    set(0, R"({"id":1} garbage)");
    EXPECT_EQ(view("project.id"), "invalid_json by step 0: something after the end of the document at byte 9");
    set(0, R"([1])");
    EXPECT_EQ(view("{from: project, pick: [id]}"),
              "wrong_type by step 0: 'project' needs an object to take members of, and the upstream sent an array");
    set(0, R"({"list":"text"})");
    EXPECT_EQ(view("{each: 'project.list[*]', as: x}"),
              "wrong_type by step 0: `each: project.list[*]` needs a list, and the upstream sent a string");
    set(0, "[[[[]]]]");
    EXPECT_EQ(view("project", {.depth = 3}), "depth_limit by step 0: nested deeper than 3 levels at byte 3");
    values_[3].documents[1] = buffer::copy_of("{");
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [id], with: {m: 'metrics[job].n'}}"),
              "invalid_json by step 3: a member without a quoted name at byte 1");
}

TEST_F(board, refuses_to_grow_beyond_its_limit) {
    EXPECT_EQ(view("[owner, owner, owner]", {.view_bytes = 20}),
              "response_too_large: the view is larger than limits.view_bytes (20 bytes)");
    // One document shown for many items costs no memory, and counts all the same.
    const std::string large = "\"" + std::string(100'000, 'x') + "\"";
    values_[3] = for_each(values_[2], "results[*]", {large});
    values_[3].which = {0, 0, 0};
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [], with: {m: 'metrics[job]'}}", {.view_bytes = 250'000})
                  .substr(0, 18),
              "response_too_large");
}

TEST_F(board, shares_large_parts_and_copies_small_ones) {
    const std::string large = "\"" + std::string(50'000, 'x') + "\"";
    set(0, R"({"id":1,"text":)" + large + R"(,"rest":0})");
    std::vector<config::complaint> complaints;
    const auto shape = compile_shape(yaml("{large: project.text, small: project.id}"), board_names(), complaints);
    const auto composed = compose(*shape, values_, {}, {});
    ASSERT_TRUE(composed.has_value());
    EXPECT_EQ(composed->to_string(), "{\"large\":" + large + ",\"small\":1}");
    ASSERT_EQ(composed->slices().size(), 3u);
    const char* const start = values_[0].documents[0].data();
    EXPECT_EQ(composed->slices()[1].bytes.data(), start + 15);
}

TEST_F(board, composes_documents_larger_than_a_window_of_the_index) {
    std::string json = R"({"results":[)";
    std::string expected = "[";
    for (int number = 0; json.size() < 1'000'000; ++number) {
        const std::string id = std::to_string(number);
        if (number > 0) json += ", ", expected += ",";
        json += R"({"skip":[{"id":-1}],"id":)" + id + R"(,"text":"\u00e9\\","name":{"id":)" + id + "}}";
        expected += R"({"id":)" + id + R"(,"text":"\u00e9\\","inner":)" + id + "}";
    }
    set(2, json + "]}");
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [id, text], with: {inner: job.name.id}}"), expected + "]");
    EXPECT_EQ(view("'jobs.results[-1].id'"),
              view("'jobs.results[?@.id == " + view("'jobs.results[-1].id'") + "].id'").substr(1, 5));
}

}  // namespace
}  // namespace nearside::aggregators
