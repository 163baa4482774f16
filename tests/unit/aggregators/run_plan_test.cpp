#include "aggregators/run_plan.h"

#include "aggregators/plan.h"
#include "tests/unit/aggregators/plan_bench.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace nearside::aggregators {
namespace {

namespace asio = boost::asio;
using nearside::testing::fake_fetch;
using testing::good_steps;
using list = std::vector<std::string>;

// A run on an executor that the test turns by hand, and workers that work when the test lets them.
struct run_bench {
    nearside::testing::manual_clock clock;
    std::shared_ptr<fake_fetch> upstream = std::make_shared<fake_fetch>();
    std::shared_ptr<fetcher> fetching = upstream;
    asio::io_context workers;
    asio::cancellation_signal stop;
    std::optional<plan_outcome> outcome;
    std::optional<asio::io_context> home{std::in_place};

    void start(std::shared_ptr<const plan> what) {
        auto run = [](run_bench& bench, std::shared_ptr<const plan> plan_to_run) -> asio::awaitable<void> {
            const run_context context{bench.fetching, bench.workers.get_executor(), &bench.clock};
            view_inputs inputs{{"id", "7"}};
            plan_outcome got = co_await run_plan(std::move(plan_to_run), std::move(inputs), context);
            bench.outcome.emplace(std::move(got));
        };
        asio::co_spawn(*home, run(*this, std::move(what)), asio::bind_cancellation_slot(stop.slot(), asio::detached));
        turn();
    }
    void turn() {
        home->restart();
        home->poll();
    }
    std::size_t work() {
        workers.restart();
        return workers.poll();
    }
    void answer(std::string_view target, int status, std::string_view document) {
        upstream->answer(target, status, document);
        turn();
    }
};

constexpr std::string_view chain_of_two = R"(    steps:
      a: {get: /a/}
      b: {get: "/b/{a.id}/"}
)";

std::string big(std::string_view inside) {
    return "{\"id\": 1, \"big\": \"" + std::string(100'000, 'x') + "\"" + std::string(inside);
}

TEST(run_plan, hands_over_one_finished_view) {
    run_bench bench;
    bench.start(good_steps(chain_of_two));
    EXPECT_EQ(bench.upstream->open_targets(), (list{"/a/"}));
    bench.clock.advance(milliseconds(260));
    bench.answer("/a/", 200, R"({"id": 1})");
    EXPECT_FALSE(bench.outcome);
    bench.answer("/b/1/", 200, "[2]");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_value());
    const composed_view& view = **bench.outcome;
    EXPECT_EQ(view.content.to_string(), R"({"a":{"id": 1},"b":[2]})");
    EXPECT_EQ(view.waves, 2u);
    EXPECT_TRUE(view.partial.empty());
    ASSERT_EQ(view.steps.size(), 2u);
    EXPECT_EQ(view.steps[0].took, milliseconds(260));
    EXPECT_EQ(view.upstream_fields.size(), 2u);
    EXPECT_EQ(bench.work(), 0u) << "small documents are not worth another thread";
}

TEST(run_plan, tells_at_once_when_a_required_step_fails) {
    run_bench bench;
    bench.start(good_steps("    steps:\n      a: {get: /a/}\n      b: {get: /b/}\n"));
    bench.answer("/b/", 503, "");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().step, "b");
    EXPECT_EQ(bench.outcome->error().upstream_status, 503);
    EXPECT_EQ(bench.outcome->error().steps.size(), 2u);
    EXPECT_EQ(bench.upstream->cancelled(), 1u);
}

TEST(run_plan, needs_no_upstream_for_a_view_whose_steps_are_all_skipped) {
    run_bench bench;
    bench.start(good_steps("    steps:\n      a: {get: \"/a/{status}/\"}\n    out: {a: a, id: id}\n"));
    ASSERT_TRUE(bench.outcome && bench.outcome->has_value());
    EXPECT_EQ((*bench.outcome)->content.to_string(), R"({"a":null,"id":"7"})");
}

// The workers' other work comes between: a run can't hold them with the documents of one step.
TEST(run_plan, documents_pass_jq_in_turn) {
    run_bench bench;
    bench.start(
        good_steps("    steps:\n"
                   "      a: {get: /a/, jq: .n}\n      b: {get: /b/, jq: .n}\n      c: {get: /c/, jq: .n}\n"
                   "    jq: \"[.a, .b, .c]\"\n"));
    for (const char* target : {"/a/", "/b/", "/c/"})
        bench.answer(target, 200, R"({"n": 7})");
    bool other_work = false;
    asio::post(bench.workers, [&other_work] { other_work = true; });
    bench.workers.poll_one();
    bench.workers.poll_one();
    EXPECT_TRUE(other_work) << "behind one of the three";
    bench.work();
    bench.turn();
    bench.work();
    bench.turn();
    ASSERT_TRUE(bench.outcome && bench.outcome->has_value());
    EXPECT_EQ((*bench.outcome)->content.to_string(), "[7,7,7]");
}

TEST(run_plan, large_documents_are_read_and_composed_by_the_workers) {
    run_bench bench;
    bench.start(good_steps(chain_of_two));
    const std::string document = big("}");
    bench.answer("/a/", 200, document);
    EXPECT_TRUE(bench.upstream->open_targets().empty());
    EXPECT_EQ(bench.work(), 1u);
    bench.turn();
    EXPECT_EQ(bench.upstream->open_targets(), (list{"/b/1/"}));
    bench.answer("/b/1/", 200, "2");
    EXPECT_FALSE(bench.outcome);
    EXPECT_EQ(bench.work(), 1u);
    bench.turn();
    ASSERT_TRUE(bench.outcome && bench.outcome->has_value());
    EXPECT_EQ((*bench.outcome)->content.to_string(), "{\"a\":" + document + ",\"b\":2}");
}

TEST(run_plan, a_large_document_that_is_not_json_fails_the_step_that_brought_it) {
    run_bench bench;
    bench.start(good_steps(chain_of_two));
    bench.answer("/a/", 200, big(",}"));
    bench.work();
    bench.turn();
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().step, "a");
    EXPECT_EQ(bench.outcome->error().cause.code, errc::invalid_json);
}

TEST(run_plan, what_only_composing_finds_out_becomes_the_default_of_optional_steps) {
    run_bench bench;
    bench.start(good_steps(R"(    steps:
      a: {get: /a/, optional: true, else: {none: true}}
      b: {get: /b/, optional: true}
      jobs: {get: /jobs/}
      m: {each: "jobs[*]", as: job, get: "/m/{job}/", optional: true, else: 0}
    out:
      a: a
      b: {from: b, pick: [id]}
      m: m
)"));
    bench.answer("/a/", 200, "{\"id\": }");
    bench.answer("/b/", 200, "[1]");
    bench.answer("/jobs/", 200, "[1, 2, 3]");
    bench.answer("/m/1/", 200, "11");
    bench.answer("/m/2/", 200, "nonsense");
    bench.answer("/m/3/", 200, "33");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_value())
        << bench.outcome->error().step << ": " << bench.outcome->error().cause.detail;
    EXPECT_EQ((*bench.outcome)->content.to_string(), R"({"a":{"none":true},"b":null,"m":[11,0,33]})");
    EXPECT_EQ((*bench.outcome)->partial, (list{"a", "b", "m"}));
}

TEST(run_plan, what_only_composing_finds_out_fails_a_required_step_by_its_name) {
    run_bench bench;
    bench.start(
        good_steps("    steps:\n      a: {get: /a/}\n      b: {get: /b/}\n    out: {a: a, b: {from: b, pick: [x]}}\n"));
    bench.answer("/a/", 200, "1");
    bench.answer("/b/", 200, "{\"x\": 1");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().step, "b");
    EXPECT_EQ(bench.outcome->error().cause.code, errc::invalid_json);
    EXPECT_EQ(bench.outcome->error().upstream_status, 200);
    EXPECT_NE(bench.outcome->error().cause.detail.find("GET /b/"), std::string::npos);
}

TEST(run_plan, a_view_over_its_size_limit_is_nobodys_fault) {
    auto limited = std::make_shared<plan>(*good_steps("    steps:\n      a: {get: /a/}\n"));
    limited->limits.view_bytes = 8;
    run_bench bench;
    bench.start(limited);
    bench.answer("/a/", 200, R"("more than eight bytes")");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().step, "");
}

TEST(run_plan, a_cancelled_run_gives_its_calls_up) {
    run_bench bench;
    bench.start(good_steps(chain_of_two));
    bench.stop.emit(asio::cancellation_type::terminal);
    bench.turn();
    EXPECT_EQ(bench.upstream->cancelled(), 1u);
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().cause.code, errc::cancelled);
    EXPECT_TRUE(bench.upstream->calls().front().sink.expired());
}

TEST(run_plan, a_run_destroyed_while_it_waits_gives_its_calls_up) {
    run_bench bench;
    bench.start(good_steps(chain_of_two));
    bench.home.reset();
    EXPECT_EQ(bench.upstream->cancelled(), 1u);
    EXPECT_TRUE(bench.upstream->calls().front().sink.expired());
}

// Breaks where a call is to be started, as memory that runs out might.
class broken_fetch final : public fetcher {
public:
    explicit broken_fetch(std::shared_ptr<fake_fetch> upstream) : upstream_(std::move(upstream)) {}
    void start(call_id id, fetch_request request, std::weak_ptr<fetch_sink> sink) override {
        if (request.target == "/b/1/") throw std::runtime_error("no memory");
        upstream_->start(id, std::move(request), std::move(sink));
    }
    void cancel(call_id id) override { upstream_->cancel(id); }

private:
    std::shared_ptr<fake_fetch> upstream_;
};

TEST(run_plan, an_exception_halfway_ends_the_run_instead_of_leaving_it_to_wait) {
    run_bench bench;
    bench.fetching = std::make_shared<broken_fetch>(bench.upstream);
    bench.start(good_steps(std::string(chain_of_two) + "      c: {get: /c/}\n"));
    bench.answer("/a/", 200, R"({"id": 1})");
    ASSERT_TRUE(bench.outcome && bench.outcome->has_error());
    EXPECT_EQ(bench.outcome->error().cause.code, errc::internal);
    EXPECT_EQ(bench.outcome->error().cause.detail, "no memory");
    EXPECT_TRUE(bench.upstream->open_targets().empty());
}

TEST(run_plan, workers_that_finish_after_the_run_was_cancelled_change_nothing) {
    run_bench bench;
    bench.start(good_steps(chain_of_two));
    bench.answer("/a/", 200, big("}"));
    bench.stop.emit(asio::cancellation_type::terminal);
    bench.turn();
    bench.outcome.reset();
    bench.work();
    bench.turn();
    EXPECT_FALSE(bench.outcome);
    EXPECT_EQ(bench.upstream->calls().size(), 1u);
}

}  // namespace
}  // namespace nearside::aggregators
