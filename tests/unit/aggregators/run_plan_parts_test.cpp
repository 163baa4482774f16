// Runs that somebody reads along with: what is told when, and that the whole comes out as ever.
#include "aggregators/plan.h"
#include "aggregators/run_plan.h"
#include "aggregators/view_progress.h"
#include "tests/unit/aggregators/plan_bench.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace nearside::aggregators {
namespace {

namespace asio = boost::asio;
using nearside::testing::fake_fetch;
using testing::good_steps;
using list = std::vector<std::string>;

struct reading_bench {
    nearside::testing::manual_clock clock;
    std::shared_ptr<fake_fetch> upstream = std::make_shared<fake_fetch>();
    std::shared_ptr<view_progress> progress = std::make_shared<view_progress>();
    asio::io_context workers;
    asio::io_context home;
    std::optional<plan_outcome> outcome;
    bool unchanged = false;

    void start(std::shared_ptr<const plan> what) {
        auto run = [](reading_bench& bench, std::shared_ptr<const plan> plan_to_run) -> asio::awaitable<void> {
            run_context context{.upstreams = bench.upstream,
                                .workers = bench.workers.get_executor(),
                                .time = &bench.clock,
                                .is_unchanged = [&bench](const auto&) { return bench.unchanged; },
                                .progress = bench.progress,
                                .is_shareable = [](const header_fields& fields) { return !fields.contains("secret"); }};
            view_inputs inputs{{"id", "7"}};
            plan_outcome got = co_await run_plan(std::move(plan_to_run), std::move(inputs), std::move(context));
            bench.outcome.emplace(std::move(got));
        };
        asio::co_spawn(home, run(*this, std::move(what)), asio::detached);
        turn();
    }
    void turn() {
        home.restart();
        home.poll();
    }
    void turn_once() {
        home.restart();
        home.poll_one();
    }
    void want() {
        progress->want();
        turn();
    }
    void work() {
        workers.restart();
        workers.poll();
        turn();
    }
    void answer(std::string_view target, int status, std::string_view document) {
        upstream->answer(target, status, document);
        turn();
    }
    list told() const {
        list lines;
        for (const view_progress::part& part : progress->behind(0))
            lines.push_back(part.line.to_string());
        return lines;
    }
    std::string made() const { return outcome && outcome->has_value() ? (*outcome)->content.to_string() : "nothing"; }
};

constexpr std::string_view chain_with_out = R"(    steps:
      a: {get: /a/}
      b: {get: "/b/{a.id}/"}
    out: {version: 3, b: b, a: a.id, name: a.name}
)";
const std::string a_line = "{\"part\":\"a\",\"data\":1}\n";
const std::string name_line = "{\"part\":\"name\",\"data\":\"x\"}\n";
const std::string version_line = "{\"part\":\"version\",\"data\":3}\n";
const std::string b_line = "{\"part\":\"b\",\"data\":[2]}\n";

TEST(run_plan_parts, each_part_is_told_when_its_steps_are_settled) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps(chain_with_out));
    EXPECT_TRUE(bench.told().empty()) << "constants alone don't begin an answer";
    bench.answer("/a/", 200, R"({"id": 1, "name": "x"})");
    EXPECT_EQ(bench.told(), (list{a_line, name_line, version_line}));
    EXPECT_FALSE(bench.outcome);
    bench.answer("/b/1/", 200, "[2]");
    EXPECT_EQ(bench.told(), (list{a_line, name_line, version_line, b_line}));
    EXPECT_EQ(bench.made(), R"({"version":3,"b":[2],"a":1,"name":"x"})");
    EXPECT_FALSE(bench.progress->revised());
}

TEST(run_plan_parts, nobody_reads_along_and_nothing_is_told) {
    reading_bench bench;
    bench.start(good_steps(chain_with_out));
    bench.answer("/a/", 200, R"({"id": 1, "name": "x"})");
    bench.answer("/b/1/", 200, "[2]");
    EXPECT_TRUE(bench.told().empty());
    EXPECT_EQ(bench.made(), R"({"version":3,"b":[2],"a":1,"name":"x"})");
}

TEST(run_plan_parts, who_comes_late_is_told_what_has_settled_already) {
    reading_bench bench;
    bench.start(good_steps(chain_with_out));
    bench.answer("/a/", 200, R"({"id": 1, "name": "x"})");
    EXPECT_TRUE(bench.told().empty());
    bench.want();
    EXPECT_EQ(bench.told(), (list{a_line, name_line, version_line}));
    bench.answer("/b/1/", 200, "[2]");
    EXPECT_EQ(bench.made(), R"({"version":3,"b":[2],"a":1,"name":"x"})");
}

TEST(run_plan_parts, large_parts_are_composed_by_the_workers) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/}, b: {get: /b/}}\n"));
    const std::string large = "[\n\"" + std::string(100'000, 'x') + "\"\n]";
    bench.answer("/a/", 200, large);
    EXPECT_TRUE(bench.told().empty());
    bench.work();
    ASSERT_EQ(bench.told().size(), 1u);
    EXPECT_EQ(bench.told()[0], "{\"part\":\"a\",\"data\":[\"" + std::string(100'000, 'x') + "\"]}\n");
    bench.answer("/b/", 200, "1");
    EXPECT_EQ(bench.made(), "{\"a\":" + large + ",\"b\":1}") << "the whole keeps its line breaks";
}

TEST(run_plan_parts, the_whole_waits_for_parts_that_are_being_composed) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/}, b: {get: /b/}}\n"));
    const std::string large = "\"" + std::string(100'000, 'x') + "\"";
    bench.answer("/a/", 200, large);
    bench.answer("/b/", 200, "1");
    EXPECT_FALSE(bench.outcome);
    bench.work();
    EXPECT_EQ(bench.made(), "{\"a\":" + large + ",\"b\":1}");
}

TEST(run_plan_parts, a_failure_ends_the_telling) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/}, b: {get: /b/}}\n"));
    bench.answer("/a/", 200, "\"" + std::string(100'000, 'x') + "\"");
    bench.answer("/b/", 503, "");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    bench.work();
    EXPECT_TRUE(bench.told().empty());
}

TEST(run_plan_parts, nothing_is_told_before_a_guard_has_agreed) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/}, may: {get: /may/}}\n    out: {a: a}\n"));
    bench.answer("/a/", 200, "1");
    EXPECT_TRUE(bench.told().empty());
    bench.answer("/may/", 200, "{}");
    EXPECT_EQ(bench.told(), (list{"{\"part\":\"a\",\"data\":1}\n"}));
}

TEST(run_plan_parts, an_optional_step_that_failed_is_told_as_its_else) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/, optional: true, else: 5}, b: {get: /b/}}\n"));
    bench.answer("/a/", 503, "");
    EXPECT_EQ(bench.told(), (list{"{\"part\":\"a\",\"data\":5}\n"}));
    bench.answer("/b/", 200, "1");
    EXPECT_EQ(bench.made(), R"({"a":5,"b":1})");
    EXPECT_EQ((*bench.outcome)->partial, (list{"a"}));
}

TEST(run_plan_parts, a_document_that_is_no_json_is_not_told_and_the_whole_says_what_became_of_it) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/, optional: true, else: 5}, b: {get: /b/}}\n"));
    bench.answer("/a/", 200, "{nope");
    EXPECT_TRUE(bench.told().empty());
    bench.answer("/b/", 200, "1");
    EXPECT_EQ(bench.made(), R"({"a":5,"b":1})");
}

TEST(run_plan_parts, what_was_told_of_a_value_that_another_part_cannot_use_is_revised) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps(R"(    steps: {a: {get: /a/, optional: true, else: {list: null}}, b: {get: /b/}}
    out: {a: a.list, both: [{from: a.list, pick: [id]}, b]}
)"));
    bench.answer("/a/", 200, R"({"list": "text"})");
    EXPECT_EQ(bench.told(), (list{"{\"part\":\"a\",\"data\":\"text\"}\n"}));
    bench.answer("/b/", 200, "1");
    EXPECT_EQ(bench.made(), R"({"a":null,"both":[null,1]})");
    EXPECT_TRUE(bench.progress->revised());
}

TEST(run_plan_parts, an_else_that_has_no_place_either_fails_the_view) {
    reading_bench bench;
    bench.start(good_steps(R"(    steps: {a: {get: /a/, optional: true, else: {list: 5}}}
    out: {both: {from: a.list, pick: [id]}}
)"));
    bench.upstream->answer("/a/", 200, R"({"list": "text"})");
    for (int turns = 0; turns < 10; ++turns)
        bench.turn_once();
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().cause.code, errc::wrong_type);
    EXPECT_EQ(bench.outcome->error().step, "a");
}

TEST(run_plan_parts, an_unchanged_view_is_not_composed_to_the_end) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps(chain_with_out));
    bench.answer("/a/", 200, R"({"id": 1, "name": "x"})");
    bench.unchanged = true;
    bench.answer("/b/1/", 200, "[2]");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_value());
    EXPECT_TRUE((*bench.outcome)->unchanged);
    EXPECT_EQ(bench.told().size(), 3u);
    EXPECT_FALSE(bench.progress->revised());
}

TEST(run_plan_parts, from_a_private_answer_on_parts_are_for_the_one_who_asked) {
    reading_bench bench;
    bench.want();
    bench.start(good_steps("    steps: {a: {get: /a/}, b: {get: /b/}, c: {get: /c/}}\n"));
    bench.answer("/a/", 200, "1");
    auto secret = fake_fetch::response(200, "2");
    secret.fields.append("Secret", "yes");
    bench.upstream->answer("/b/", std::move(secret));
    bench.turn();
    bench.answer("/c/", 200, "3");
    const auto told = bench.progress->behind(0);
    ASSERT_EQ(told.size(), 3u);
    EXPECT_TRUE(told[0].shareable);
    EXPECT_FALSE(told[1].shareable);
    EXPECT_FALSE(told[2].shareable);
}

TEST(run_plan_parts, a_view_over_its_limit_fails_as_a_whole) {
    reading_bench bench;
    bench.want();
    auto small = std::make_shared<plan>(*good_steps("    steps: {a: {get: /a/}, b: {get: /b/}}\n"));
    small->limits.view_bytes = 20;
    bench.start(small);
    bench.answer("/a/", 200, "\"123456\"");
    bench.answer("/b/", 200, "\"123456\"");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().cause.code, errc::response_too_large);
}

}  // namespace
}  // namespace nearside::aggregators
