// The words of `out` beyond picking, each by example.
#include "tests/unit/aggregators/board_rig.h"

#include <gtest/gtest.h>

#include <string>

namespace nearside::aggregators {
namespace {

TEST_F(board, rename_gives_members_other_names_where_they_stand) {
    set(0, R"({"a" : 1.0, "b":"\u0041", "c":[ 1 ], "d":null})");
    EXPECT_EQ(view("{from: project, rename: {b: 'x\"y', zz: q}}"), R"({"a" : 1.0,"x\"y":"\u0041","c":[ 1 ],"d":null})");
    EXPECT_EQ(view("{from: project, pick: [c, a], rename: {a: first}}"), R"({"first":1.0,"c":[ 1 ]})");
    EXPECT_EQ(view("{from: project, omit: [d], rename: {a: b, b: a}}"), R"({"b":1.0,"a":"\u0041","c":[ 1 ]})");
    EXPECT_EQ(view("{from: project.d, rename: {a: b}}"), "null");
}

TEST_F(board, a_renamed_member_replaces_one_of_that_name_and_with_replaces_both) {
    set(0, R"({"title":1,"name":2,"x":3})");
    EXPECT_EQ(view("{from: project, rename: {name: title}}"), R"({"title":2,"x":3})");
    EXPECT_EQ(view("{from: project, rename: {name: title}, with: {title: id}}"), R"({"x":3,"title":"4\"2"})");
    EXPECT_EQ(view("{from: project, rename: {name: title}, with: {name: id}}"), R"({"title":2,"x":3,"name":"4\"2"})");
    EXPECT_EQ(view("{from: project, pick: [name, title], rename: {name: title}}"), R"({"title":2})");
}

TEST_F(board, a_member_gives_way_only_where_another_one_takes_its_name) {
    set(0, R"([{"id":7,"name":"n"},{"uuid":8,"id":1},{"id":2,"uuid":9},{"uuid":3},{"\u0069d":4,"uuid":5}])");
    EXPECT_EQ(view("{each: 'project[*]', pick: [id, uuid], rename: {uuid: id}}"),
              R"([{"id":7},{"id":8},{"id":9},{"id":3},{"id":5}])");
    EXPECT_EQ(view("{each: 'project[*]', rename: {uuid: id}}"),
              R"([{"id":7,"name":"n"},{"id":8},{"id":9},{"id":3},{"id":5}])");
    EXPECT_EQ(view("{each: 'project[*]', omit: [name], rename: {uuid: id}, with: {n: 1}}"),
              R"([{"id":7,"n":1},{"id":8,"n":1},{"id":9,"n":1},{"id":3,"n":1},{"id":5,"n":1}])");
    EXPECT_EQ(view("{merge: ['project[0]'], pick: [id, uuid], rename: {uuid: id}}"), R"({"id":7})");
    EXPECT_EQ(view("{merge: ['project[1]', 'project[2]'], rename: {uuid: id}}"), R"({"id":9})");
    EXPECT_EQ(view("{merge: ['project[1]', 'project[0]'], rename: {uuid: id}}"), R"({"id":7,"name":"n"})");
}

TEST_F(board, renamed_members_of_a_repeated_name_are_kept_as_they_were_sent) {
    set(0, R"({"a":1,"\u0061":2,"b":{"c":1,"c":2}})");
    EXPECT_EQ(view("{from: project, rename: {a: x}}"), R"({"x":1,"x":2,"b":{"c":1,"c":2}})");
    EXPECT_EQ(view("[{from: project, rename: {a: x}}, {from: project, rename: {a: y}, omit: [b]}, project.b.c]"),
              R"([{"x":1,"x":2,"b":{"c":1,"c":2}},{"y":1,"y":2},2])");
}

TEST_F(board, first_is_the_first_selected_node_or_null) {
    EXPECT_EQ(view("{first: 'jobs.results[*].status'}"), R"("run")");
    EXPECT_EQ(view("{first: 'jobs.results[?@.id == 2]', pick: [status, id]}"), R"({"status":"done","id":2})");
    EXPECT_EQ(view("{first: 'jobs.results[?@.id == 4]', pick: [id]}"), "null");
    EXPECT_EQ(view("{first: 'jobs.nope[*]'}"), "null");
    EXPECT_EQ(view("{first: 'jobs.results[*]', as: job, pick: [], with: {m: 'metrics[job].n', p: project.id}}"),
              R"({"m":1,"p":7})");
    EXPECT_EQ(view("{first: metrics, pick: [n]}"), R"({"n":1})");
}

TEST_F(board, first_of_a_sorted_list_is_the_least_or_the_greatest) {
    EXPECT_EQ(view("{first: 'jobs.results[*]', sort: {by: id, order: desc}, pick: [status]}"),
              R"({"status":"\u0073top"})");
    EXPECT_EQ(view("{first: 'project.list[*]', sort: {order: desc}}"), "6");
    EXPECT_EQ(view("{first: 'project.list[*]', sort: {order: desc}, offset: 1}"), "5");
    EXPECT_EQ(view("{first: 'project.list[*]', offset: 2}"), "null");
    EXPECT_EQ(view("{first: 'project.list[*]', sort: {order: desc}, offset: 2}"), "null");
}

TEST_F(board, count_is_always_a_number) {
    EXPECT_EQ(view("[{count: 'jobs.results[*]'}, {count: 'jobs.results[*].tags[*]'}, {count: 'jobs.nope[*]'}, "
                   "{count: metrics}, {count: 'jobs.results[?@.id > 1]'}]"),
              "[3,2,0,3,2]");
    set(0, R"({"list":null,"n":5})");
    EXPECT_EQ(view("{count: 'project.list[*]'}"), "0");
    EXPECT_EQ(view("{count: 'project.n[*]'}"),
              "wrong_type by step 0: `count: project.n[*]` needs a list, and the upstream sent a number");
}

TEST_F(board, a_count_belongs_to_the_item_that_it_is_of) {
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [], with: {tags: {count: 'job.tags[*]'}, all: {count: "
                   "'jobs.results[*]'}}}"),
              R"([{"tags":2,"all":3},{"tags":0,"all":3},{"tags":0,"all":3}])");
}

TEST_F(board, sort_goes_by_value_with_nothing_last_in_both_directions) {
    set(0, R"({"l":[{"k":10},{"k":null},{"k":"b"},{"k":9.5e0},{"k":true},{},{"k":"\u0061"},{"k":false},{"k":[1]},
        {"k":-1},{"k":"B"}]})");
    EXPECT_EQ(view("{each: 'project.l[*]', sort: k}"),
              R"([{"k":false},{"k":true},{"k":-1},{"k":9.5e0},{"k":10},{"k":"B"},{"k":"\u0061"},{"k":"b"},{"k":[1]},)"
              R"({"k":null},{}])");
    EXPECT_EQ(view("{each: 'project.l[*]', sort: {by: k, order: desc}}"),
              R"([{"k":[1]},{"k":"b"},{"k":"\u0061"},{"k":"B"},{"k":10},{"k":9.5e0},{"k":-1},{"k":true},{"k":false},)"
              R"({"k":null},{}])");
}

TEST_F(board, sort_tells_numbers_apart_that_no_double_does) {
    set(0, "[9007199254740993,9007199254740992,1e400,-1e400,0.1,1e-400,0,12345678901234567891,12345678901234567890]");
    EXPECT_EQ(view("{each: 'project[*]', sort: {}}"),
              "[-1e400,0,1e-400,0.1,9007199254740992,9007199254740993,12345678901234567890,12345678901234567891,"
              "1e400]");
}

TEST_F(board, sort_goes_by_code_points_and_keeps_equals_in_their_order) {
    set(0, R"([{"n":"\ud83d\ude00","i":1},{"n":"\uffee","i":2},{"n":"é","i":3},{"n":"\u00e9","i":4},{"n":"z","i":5}])");
    EXPECT_EQ(view("{each: 'project[*].i', sort: {}, limit: 1}"), "[1]");
    EXPECT_EQ(view("{each: 'project[*]', pick: [i], sort: n}"), R"([{"i":5},{"i":3},{"i":4},{"i":2},{"i":1}])");
    EXPECT_EQ(view("{each: 'project[*]', pick: [i], sort: {by: n, order: desc}}"),
              R"([{"i":1},{"i":2},{"i":3},{"i":4},{"i":5}])");
}

TEST_F(board, sort_takes_several_keys_and_what_other_steps_got_for_the_item) {
    set(0, R"([{"a":1,"b":1},{"a":2,"b":2},{"a":1,"b":3},{"a":2,"b":4}])");
    EXPECT_EQ(view("{each: 'project[*]', pick: [b], sort: [{by: a, order: desc}, {by: b}]}"),
              R"([{"b":2},{"b":4},{"b":1},{"b":3}])");
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [id], sort: {by: 'metrics[job].n', order: desc}}"),
              R"([{"id":3,"id":33},{"id":1},{"id":2}])");
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [id], sort: {by: job.owner.name}, limit: 1}"),
              R"([{"id":1}])");
}

TEST_F(board, limit_and_offset_count_the_items_that_are_shown) {
    set(0, "[0,1,2,3,4]");
    EXPECT_EQ(view("[{each: 'project[*]', limit: 2}, {each: 'project[*]', offset: 3}, {each: 'project[*]', offset: 1, "
                   "limit: 2}, {each: 'project[*]', limit: 0}, {each: 'project[*]', offset: 9, limit: 1}]"),
              "[[0,1],[3,4],[1,2],[],[]]");
    EXPECT_EQ(view("[{each: 'project[*]', sort: {order: desc}, limit: 2}, {each: 'project[*]', sort: {order: desc}, "
                   "offset: 4, limit: 9}, {each: 'project[*]', sort: {}, limit: 0}, {each: 'project[*]', sort: {}, "
                   "offset: 5}]"),
              "[[4,3],[0],[],[]]");
    EXPECT_EQ(view("{from: 'project[*]', limit: 1}"), "[0]");
    set(0, R"({"l":null})");
    EXPECT_EQ(view("{each: 'project.l[*]', sort: a, limit: 2}"), "null");
}

TEST_F(board, what_lies_beyond_a_limit_can_not_fail_the_view) {
    set(0, R"([{"id":1},5,{"id":2,"l":[[7]]}])");
    EXPECT_EQ(view("{each: 'project[*]', pick: [id], limit: 1}"), R"([{"id":1}])");
    EXPECT_EQ(view("{each: 'project[*]', pick: [id], limit: 2}").substr(0, 10), "wrong_type");
    EXPECT_EQ(view("{each: 'project[*]', as: one, with: {l: {each: 'one.l[*]', as: two, with: {x: 1}}}, limit: 1}"),
              R"([{"id":1,"l":null}])");
}

TEST_F(board, lists_in_lists_have_their_own_order_and_limit) {
    set(0, R"([{"n":2,"l":[3,1,2]},{"n":1,"l":[]},{"n":3,"l":[9,8]}])");
    EXPECT_EQ(view("{each: 'project[*]', as: p, pick: [n], sort: {by: n, order: desc}, with: {l: {each: 'p.l[*]', "
                   "sort: {}, limit: 2}, c: {count: 'p.l[*]'}, f: {first: 'p.l[*]'}}}"),
              R"([{"n":3,"l":[8,9],"c":2,"f":9},{"n":2,"l":[1,2],"c":3,"f":3},{"n":1,"l":[],"c":0,"f":null}])");
}

TEST_F(board, flatten_makes_one_list_of_lists) {
    set(0, R"({"p":[{"l":[1,[2]]},{"l":[]},{"l":3},{"l":{"a":[4]}},{"l":null},{}]})");
    EXPECT_EQ(view("{flatten: 'project.p[*].l'}"), R"([1,[2],3,{"a":[4]},null])");
    EXPECT_EQ(view("{flatten: 'project.nope[*].l'}"), "null");
    EXPECT_EQ(view("{flatten: 'jobs.results[*].tags', pick: [t], sort: {by: t, order: desc}, limit: 1}"),
              R"([{"t":"y"}])");
    values_[3] = for_each(values_[2], "results[*]", {"[1,2]", "", "[3]"});
    EXPECT_EQ(view("{flatten: metrics}"), "[1,2,null,3]");
    EXPECT_EQ(view("[{flatten: 'metrics[*]'}, 'metrics[*][*]', {count: 'metrics[*][*]'}]"), "[[1,2,null,3],[1,2,3],3]");
}

TEST_F(board, merge_makes_one_object_of_several_and_later_ones_win) {
    set(0, R"({"a":1.0,"b" : 2,"\u0063":3})");
    set(1, R"({"b":{"x":1},"c":null,"d":"\u0041"})");
    EXPECT_EQ(view("{merge: [project, owner]}"), R"({"a":1.0,"b":{"x":1},"c":null,"d":"\u0041"})");
    EXPECT_EQ(view("{merge: [owner, project]}"), R"({"b" : 2,"\u0063":3,"d":"\u0041","a":1.0})");
    EXPECT_EQ(view("{merge: [project, owner], omit: [a, d], rename: {b: n}}"), R"({"n":{"x":1},"c":null})");
    EXPECT_EQ(view("{merge: [{from: project, pick: [a]}, {from: owner, pick: [d], rename: {d: e}}], with: {a: id}}"),
              R"({"e":"\u0041","a":"4\"2"})");
    EXPECT_EQ(view("{merge: [{from: project, pick: [a]}, project.nope], with: {}}"), R"({"a":1.0})");
    EXPECT_EQ(view("[{merge: [project.nope, owner.c], with: {x: 1}}, 5]"), "[null,5]");
    EXPECT_EQ(view("{merge: [project, owner.d]}"),
              "wrong_type by step 1: 'owner.d' needs an object to take members of, and the upstream sent a string");
}

TEST_F(board, merge_takes_the_last_of_a_repeated_name_and_all_of_a_list) {
    set(0, R"({"a":1,"a":2,"\ud800":3,"\ud800":4})");
    EXPECT_EQ(view("{merge: project}"), R"({"a":2,"\ud800":4})");
    EXPECT_EQ(view("{merge: 'jobs.results[*].tags[*]'}"), R"({"t":"y"})");
    EXPECT_EQ(view("{each: 'jobs.results[*]', as: job, pick: [], with: {m: {merge: [job.owner, 'metrics[job]'], omit: "
                   "[p]}}}"),
              R"([{"m":{"name":"A","n":1}},{"m":null},{"m":{"n":3}}])");
}

TEST_F(board, a_part_of_an_object_that_is_sent_twice_counts_once) {
    set(0, R"({"l":[{"k":1},{"k":2}],"l":[{"k":4},{"k":3}]})");
    EXPECT_EQ(view("[{each: 'project.l[*]', sort: k}, {count: 'project.l[*]'}, {merge: 'project.l[*]'}, {flatten: "
                   "'project.l[*]', limit: 1}]"),
              R"([[{"k":3},{"k":4}],2,{"k":3},[{"k":4}]])");
}

TEST_F(board, a_large_sorted_list_of_few_small_parts_keeps_no_document_alive) {
    std::string large = "[";
    for (int item = 0; item < 200; ++item)
        large += (item == 0 ? "" : ",") + std::string(R"({"k":)") + std::to_string(item * 7 % 200) + R"(,"text":")" +
                 std::string(10'000, 'x') + "\"}";
    set(0, large + "]");
    std::vector<config::complaint> complaints;
    for (const std::string_view out :
         {"{each: 'project[*]', sort: k, limit: 2}", "{first: 'project[*]', sort: {by: k, order: desc}}",
          "{merge: 'project[*]'}", "{each: 'project[*]', limit: 3, rename: {text: t}}", "{flatten: project.x[*]}"}) {
        const auto shape = compile_shape(yaml(out), board_names(), complaints);
        ASSERT_NE(shape, nullptr) << out;
        const auto composed = compose(*shape, values_, {}, {});
        ASSERT_TRUE(composed.has_value());
        EXPECT_LT(composed->memory(), 70'000u) << out;
    }
}

}  // namespace
}  // namespace nearside::aggregators
