#include "aggregators/plan_run.h"
#include "tests/unit/aggregators/plan_bench.h"

#include <gtest/gtest.h>

namespace nearside::aggregators {
namespace {

using testing::good_steps;
using testing::plan_bench;
using list = std::vector<std::string>;

std::shared_ptr<const plan> jobs(std::string_view pages = "max: 50", std::string_view more = "") {
    return good_steps("    steps:\n      jobs: {get: /jobs/, pages: {items: results, next: next, count: count, " +
                      std::string(pages) + "}" + std::string(more) + "}\n");
}

// A page of a list of `count` (negative: it isn't told), of which this one ends with item `to`.
std::string page(int from, int to, int count, std::string_view next) {
    std::string text = "{";
    if (count >= 0) text += "\"count\": " + std::to_string(count) + ", ";
    text += "\"next\": " + (next.empty() ? std::string("null") : "\"" + std::string(next) + "\"") + ", \"results\": [";
    for (int item = from; item <= to; ++item)
        text += (item == from ? " " : ", ") + std::to_string(item);
    return text + " ]}";
}

TEST(plan_run_pages, with_a_count_all_others_are_fetched_at_once_and_put_together_in_order) {
    plan_bench bench(jobs());
    EXPECT_EQ(bench.open(), (list{"/jobs/"}));
    bench.answer("/jobs/", page(1, 2, 7, "http://127.0.0.1:9/jobs/?page=2"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2", "/jobs/?page=3", "/jobs/?page=4"}));
    bench.answer("/jobs/?page=4", page(7, 7, 7, ""));
    bench.answer("/jobs/?page=2", page(3, 4, 7, "http://127.0.0.1:9/jobs/?page=3"));
    EXPECT_FALSE(bench.finished());
    bench.answer("/jobs/?page=3", page(5, 6, 7, "http://127.0.0.1:9/jobs/?page=4"));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4,5, 6,7]})");
    EXPECT_EQ(bench.run().waves(), 2u);
    EXPECT_EQ(bench.report("jobs").calls, 4u);
    EXPECT_TRUE(bench.run().partial().empty());
    EXPECT_EQ(bench.run().take_upstream_fields().size(), 4u);
}

TEST(plan_run_pages, no_more_than_parallel_at_once) {
    plan_bench bench(jobs("parallel: 2"));
    bench.answer("/jobs/", page(1, 1, 4, "?page=2"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2", "/jobs/?page=3"}));
    bench.answer("/jobs/?page=3", page(3, 3, 4, "?page=4"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2", "/jobs/?page=4"}));
    EXPECT_EQ(bench.requests().back().wave, 2u) << "the first page told it";
}

TEST(plan_run_pages, where_the_upstream_is_pipelined_more_are_asked_for_than_parallel_says) {
    plan_bench bench(jobs("parallel: 1", ", upstream: piped"));
    bench.answer("/jobs/", page(1, 1, 6, "?page=2"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2", "/jobs/?page=3", "/jobs/?page=4"}));
    bench.answer("/jobs/?page=2", page(2, 2, 6, "?page=3"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=3", "/jobs/?page=4", "/jobs/?page=5"}));
    for (const fetch_request& each : bench.requests())
        EXPECT_EQ(each.parallel, 1u) << "more are sent, and no more are worked on";
}

TEST(plan_run_pages, without_a_count_each_page_tells_the_next) {
    plan_bench bench(jobs());
    bench.answer("/jobs/", page(1, 2, -1, "/jobs/?page=2"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2"}));
    bench.answer("/jobs/?page=2", page(3, 4, -1, "/jobs/?page=3"));
    bench.answer("/jobs/?page=3", page(5, 4, -1, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4]})");
    EXPECT_EQ(bench.run().waves(), 3u);
}

TEST(plan_run_pages, a_cursor_is_followed_even_with_a_count) {
    plan_bench bench(jobs());
    bench.answer("/jobs/", page(1, 2, 6, "/jobs/?cursor=abc"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?cursor=abc"}));
    bench.answer("/jobs/?cursor=abc", page(3, 4, 6, "/jobs/?cursor=def"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?cursor=def"}));
}

TEST(plan_run_pages, one_page_is_a_list_and_so_is_none) {
    plan_bench one(jobs());
    one.answer("/jobs/", page(1, 3, 3, ""));
    EXPECT_EQ(one.document(), R"({"jobs":[1, 2, 3]})");
    plan_bench none(jobs());
    none.answer("/jobs/", page(1, 0, 0, ""));
    EXPECT_EQ(none.document(), R"({"jobs":[]})");
    plan_bench null(jobs());
    null.answer("/jobs/", R"({"results": null})");
    EXPECT_EQ(null.document(), R"({"jobs":[]})");
}

TEST(plan_run_pages, a_list_longer_than_max_is_cut_and_told) {
    plan_bench bench(jobs("max: 2"));
    bench.answer("/jobs/", page(1, 2, 100, "?page=2"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2"}));
    bench.answer("/jobs/?page=2", page(3, 4, 100, "?page=3"));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4]})");
    EXPECT_EQ(bench.run().partial(), (list{"jobs"}));
}

TEST(plan_run_pages, a_list_of_just_max_pages_is_whole) {
    plan_bench bench(jobs("max: 2"));
    bench.answer("/jobs/", page(1, 2, 4, "?page=2"));
    bench.answer("/jobs/?page=2", page(3, 4, 4, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4]})");
    EXPECT_TRUE(bench.run().partial().empty());
}

TEST(plan_run_pages, pages_that_are_gone_when_they_are_asked_for_end_the_list) {
    plan_bench bench(jobs());
    bench.answer("/jobs/", page(1, 2, 8, "?page=2"));
    bench.answer("/jobs/?page=4", 404, "");
    bench.answer("/jobs/?page=3", page(5, 4, 3, ""));
    bench.answer("/jobs/?page=2", page(3, 3, 3, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3]})");
    EXPECT_TRUE(bench.run().partial().empty());
}

TEST(plan_run_pages, none_is_asked_for_behind_a_page_that_says_it_is_the_last) {
    plan_bench bench(jobs("parallel: 2"));
    bench.answer("/jobs/", page(1, 2, 1000, "?page=2"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2", "/jobs/?page=3"}));
    bench.answer("/jobs/?page=2", page(3, 3, 1000, ""));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=3"})) << "what is under way is waited for, and nothing else begun";
    EXPECT_FALSE(bench.finished());
    bench.answer("/jobs/?page=3", page(5, 4, 1000, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3]})");
    EXPECT_EQ(bench.report("jobs").calls, 3u);
    EXPECT_TRUE(bench.run().partial().empty());
}

TEST(plan_run_pages, one_that_says_it_is_the_last_after_those_behind_it_were_answered_ends_the_list) {
    plan_bench bench(jobs("parallel: 2"));
    bench.answer("/jobs/", page(1, 2, 1000, "?page=2"));
    bench.answer("/jobs/?page=3", 404, "");
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=2", "/jobs/?page=4"}));
    bench.answer("/jobs/?page=4", page(7, 6, 1000, ""));
    bench.answer("/jobs/?page=2", page(3, 4, 1000, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4]})");
}

TEST(plan_run_pages, one_that_says_it_is_the_last_is_not_believed_where_one_behind_it_has_items) {
    plan_bench bench(jobs("parallel: 2"));
    bench.answer("/jobs/", page(1, 2, 8, "?page=2"));
    bench.answer("/jobs/?page=2", page(3, 4, 8, ""));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=3"}));
    bench.answer("/jobs/?page=3", page(5, 6, 8, ""));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=4"}));
    bench.answer("/jobs/?page=4", page(7, 8, 8, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4,5, 6,7, 8]})");
}

TEST(plan_run_pages, a_page_missing_in_the_middle_is_a_failure) {
    for (const bool last_first : {false, true}) {
        plan_bench bench(jobs());
        bench.answer("/jobs/", page(1, 2, 6, "?page=2"));
        if (last_first) bench.answer("/jobs/?page=3", page(5, 6, 6, ""));
        bench.answer("/jobs/?page=2", 404, "");
        if (!last_first) bench.answer("/jobs/?page=3", page(5, 6, 6, ""));
        EXPECT_EQ(bench.document(), "failed: jobs no_content");
        EXPECT_EQ(bench.run().failure()->upstream_status, 404);
        EXPECT_NE(bench.run().failure()->cause.detail.find("page 2 is not there"), std::string::npos);
    }
}

TEST(plan_run_pages, a_list_that_has_grown_goes_on) {
    plan_bench bench(jobs());
    bench.answer("/jobs/", page(1, 2, 4, "?page=2"));
    bench.answer("/jobs/?page=2", page(3, 4, 5, "?page=3"));
    EXPECT_EQ(bench.open(), (list{"/jobs/?page=3"}));
    EXPECT_EQ(bench.requests().back().wave, 3u);
    bench.answer("/jobs/?page=3", page(5, 5, 5, ""));
    EXPECT_EQ(bench.document(), R"({"jobs":[1, 2,3, 4,5]})");
}

TEST(plan_run_pages, a_foreign_next_and_one_that_leads_back_are_refused) {
    plan_bench foreign(jobs());
    foreign.answer("/jobs/", page(1, 2, 4, "http://evil.example/jobs/?page=2"));
    EXPECT_EQ(foreign.document(), "failed: jobs next_refused");
    EXPECT_EQ(foreign.asked().size(), 1u);
    plan_bench loop(jobs());
    loop.answer("/jobs/", page(1, 2, -1, "/jobs/?c=x"));
    loop.answer("/jobs/?c=x", page(1, 2, -1, "/jobs/"));
    EXPECT_EQ(loop.document(), "failed: jobs next_refused");
}

TEST(plan_run_pages, a_page_that_fails_fails_the_list_and_the_others_are_given_up) {
    plan_bench bench(jobs("max: 50", ", optional: true, else: [0]"));
    bench.answer("/jobs/", page(1, 2, 8, "?page=2"));
    bench.answer("/jobs/?page=3", 500, "");
    EXPECT_EQ(bench.document(), R"({"jobs":[0]})");
    EXPECT_EQ(bench.run().partial(), (list{"jobs"}));
    EXPECT_EQ(bench.cancelled(), (list{"/jobs/?page=2", "/jobs/?page=4"}));
    EXPECT_NE(bench.report("jobs").failure.detail.find("/jobs/"), std::string::npos);
}

TEST(plan_run_pages, a_page_that_is_no_page_fails_the_list) {
    plan_bench broken(jobs());
    broken.answer("/jobs/", "{\"results\": [1,]}");
    EXPECT_EQ(broken.document(), "failed: jobs invalid_json");
    plan_bench other(jobs());
    other.answer("/jobs/", R"({"results": {}})");
    EXPECT_EQ(other.document(), "failed: jobs wrong_type");
    plan_bench gone(jobs());
    gone.answer("/jobs/", 404, "");
    EXPECT_EQ(gone.document(), "failed: jobs upstream_status");
}

TEST(plan_run_pages, a_gathered_list_is_a_list_to_each_and_paths) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/, pages: {items: results, next: next, count: count}}
      metrics: {each: "jobs[*]", as: job, get: "/m/{job}/"}
      second: {get: "/s/{jobs[1]}/"}
    out: {all: {each: "jobs[*]", as: job, with: {m: "metrics[job]"}, pick: []}, second: second, raw: "jobs[*]"}
)"));
    bench.answer("/jobs/", page(1, 1, 2, "?page=2"));
    bench.answer("/jobs/?page=2", page(2, 2, 2, ""));
    EXPECT_EQ(bench.open(), (list{"/m/1/", "/m/2/", "/s/2/"}));
    EXPECT_EQ(bench.requests().back().wave, 3u);
}

TEST(plan_run_pages, each_item_gets_its_own_gathered_list_and_equal_ones_are_gathered_once) {
    plan_bench bench(good_steps(R"(    steps:
      ids: {get: /ids/}
      jobs: {each: "ids[*]", as: it, get: "/jobs/?of={it}", pages: {items: results, next: next, count: count}}
    out: jobs
)"));
    bench.answer("/ids/", "[1, 2, 1]");
    EXPECT_EQ(bench.open(), (list{"/jobs/?of=1", "/jobs/?of=2"}));
    bench.answer("/jobs/?of=1", page(1, 1, 2, "/jobs/?of=1&page=2"));
    bench.answer("/jobs/?of=2", page(5, 5, 1, ""));
    bench.answer("/jobs/?of=1&page=2", page(2, 2, 2, ""));
    EXPECT_EQ(bench.document(), "[[1,2],[5],[1,2]]");
}

TEST(plan_run_pages, a_page_that_another_step_wants_as_it_is_is_fetched_once) {
    plan_bench bench(good_steps(R"(    steps:
      jobs: {get: /jobs/, pages: {items: results, next: next, count: count}}
      first: {get: /jobs/}
)"));
    EXPECT_EQ(bench.open(), (list{"/jobs/"}));
    const std::string only = page(1, 1, 1, "");
    bench.answer("/jobs/", only);
    EXPECT_EQ(bench.document(), R"({"jobs":[1],"first":)" + only + "}");
}

TEST(plan_run_pages, many_pages) {
    plan_bench bench(jobs("max: 200, parallel: 64"));
    bench.answer("/jobs/", page(0, 24, 137 * 25, "?page=2"));
    while (!bench.open().empty()) {
        EXPECT_LE(bench.open().size(), 64u);
        const std::string target = bench.open().back();
        const int number = std::stoi(target.substr(target.find('=') + 1));
        bench.answer(target, page(number * 25 - 25, number * 25 - 1, 137 * 25,
                                  number == 137 ? "" : "?page=" + std::to_string(number + 1)));
    }
    std::string expected = R"({"jobs":[0)";
    for (int item = 1; item < 137 * 25; ++item)
        expected += "," + std::to_string(item);
    std::string got = bench.document();
    const std::size_t size = got.size();
    std::erase(got, ' ');
    EXPECT_TRUE(got == expected + "]}") << "not every item once, in order: " << got.substr(0, 200);
    EXPECT_EQ(bench.run().waves(), 2u);
    EXPECT_LT(bench.run().document_bytes(), size + 200) << "the pages are not held any more";
}

}  // namespace
}  // namespace nearside::aggregators
