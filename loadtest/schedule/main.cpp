// What a step costs beyond its fetch: views of 10,000 calls, run to their end with upstreams that answer at once, on
// one core. Everything counts that a run does between two answers: conditions, URLs, looking at documents, composing.
// Prints a table; exits 1 when a claim does not hold.
#include "aggregators/planner.h"
#include "aggregators/run_plan.h"
#include "config/complain.h"
#include "config/load.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <time.h>
#include <utility>
#include <vector>

namespace {

namespace aggregators = nearside::aggregators;
namespace asio = boost::asio;

constexpr int steps = 10'000;
constexpr int rounds = 9;                // the best counts: it has the least of other work in it
constexpr double most_microseconds = 5;  // a step (docs/benchmarks.md)

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

class frozen_clock final : public nearside::clock {
public:
    nearside::steady_time steady_now() const override { return {}; }
    nearside::wall_time wall_now() const override { return {}; }
};

// Gives every call the same little document, a whole wave at a time, but the root its list.
class instant_upstream final : public aggregators::fetcher {
public:
    instant_upstream() : list_(nearside::buffer::copy_of(list_text())) {}

    void start(aggregators::call_id call, aggregators::fetch_request request,
               std::weak_ptr<aggregators::fetch_sink> sink) override {
        asked_.push_back({call, request.target == "/root", std::move(sink)});
    }
    void cancel(aggregators::call_id) override {}

    // The number of calls answered.
    std::size_t answer_all() {
        std::size_t answered = 0;
        while (!asked_.empty()) {
            for (const asked_call& each : std::exchange(asked_, {})) {
                aggregators::fetch_response response;
                response.status = 200;
                response.document = each.is_root ? list_ : document_;
                if (const auto sink = each.sink.lock()) sink->on_fetched(each.id, std::move(response));
                ++answered;
            }
        }
        return answered;
    }

private:
    struct asked_call {
        aggregators::call_id id;
        bool is_root;
        std::weak_ptr<aggregators::fetch_sink> sink;
    };

    static std::string list_text() {
        std::string text = R"({"open":true,"level":3,"items":[)";
        for (int number = 0; number < steps; ++number)
            text += fmt::format(R"({}{{"id":{},"open":true}})", number > 0 ? "," : "", number);
        return text + "]}";
    }

    nearside::buffer list_;
    nearside::buffer document_ = nearside::buffer::copy_of(R"({"id":7,"open":true,"name":"a job"})");
    std::vector<asked_call> asked_;
};

std::shared_ptr<const aggregators::plan> plan_of(const std::string& steps_and_out) {
    const std::string text =
        "upstreams: {api: {url: \"http://127.0.0.1:9\"}}\nlimits: {calls: 100000}\n"
        "views:\n  v:\n    path: /v\n    upstream: api\n" +
        steps_and_out;
    auto loaded = nearside::config::load_text("bench", text, [](std::string_view) { return std::nullopt; });
    std::vector<nearside::config::complaint> complaints = std::move(loaded.complaints);
    std::shared_ptr<const aggregators::plan> made;
    if (complaints.empty()) made = aggregators::make_plan(loaded.value.views.front(), loaded.value, complaints);
    for (const auto& complaint : complaints)
        fmt::print(stderr, "{}\n", complaint.to_string());
    if (made == nullptr) std::exit(2);
    return made;
}

// CPU of one run, and how many calls it made.
std::pair<double, std::size_t> run_once(const std::shared_ptr<const aggregators::plan>& what) {
    asio::io_context context;
    const frozen_clock time;
    const auto upstream = std::make_shared<instant_upstream>();
    bool succeeded = false;
    const double start = cpu_seconds();
    asio::co_spawn(
        context,
        aggregators::run_plan(what, {}, {.upstreams = upstream, .workers = context.get_executor(), .time = &time}),
        [&](const std::exception_ptr& broken, aggregators::plan_outcome outcome) {
            succeeded = !broken && outcome.has_value() && outcome->partial.empty();
        });
    std::size_t calls = 0;
    // What is large is read by "workers", which are the same thread here: it is done when nothing is left to do.
    do {
        context.restart();
        context.poll();
        calls += upstream->answer_all();
    } while (context.poll() > 0 || !succeeded);
    return {cpu_seconds() - start, calls};
}

}  // namespace

int main(int argc, char** argv) {
    const auto repeated = [](std::string_view first, auto step) {
        std::string text = "    steps:\n      root: {get: /root}\n" + std::string(first);
        for (int number = 0; number < steps; ++number)
            text += step(number);
        return text + "    out: {n: {literal: done}}\n";
    };
    const std::pair<std::string_view, std::string> cases[] = {
        {"one step over a list of 10,000",
         "    steps:\n      root: {get: /root}\n"
         "      job: {each: \"root.items[*]\", as: item, get: \"/job/{item.id}\", max: 100000, parallel: 64}\n"
         "    out: {n: {literal: done}}\n"},
        {"the same, with a condition on each item",
         "    steps:\n      root: {get: /root}\n"
         "      job: {each: \"root.items[*]\", as: item, get: \"/job/{item.id}\", max: 100000, parallel: 64, "
         "when: item.open == true}\n"
         "    out: {n: {literal: done}}\n"},
        {"10,000 separate steps",
         repeated("",
                  [](int number) { return fmt::format("      s{0}: {{get: \"/s/{0}/{{root.level}}\"}}\n", number); })},
        {"10,000 separate steps, with a condition on each",
         repeated("",
                  [](int number) {
                      return fmt::format(
                          "      s{0}: {{get: \"/s/{0}\", when: \"root.open == true and root.level > 2\"}}\n", number);
                  })},
        {"a chain of 10,000, with a condition on each",
         repeated("      s: {get: /s}\n",
                  [](int number) {
                      return fmt::format("      s{0}: {{get: \"/s/{0}/{{s{1}.id}}\", when: \"s{1}.open == true\"}}\n",
                                         number, number == 0 ? "" : std::to_string(number - 1));
                  })},
    };
    const int only = argc > 1 ? std::atoi(argv[1]) : -1;
    fmt::print("{} calls a run, one core, CPU time, best of {} rounds\n\n", steps, rounds);
    bool failed = false;
    for (int number = 0; const auto& [name, text] : cases) {
        if (only >= 0 && only != number++) continue;
        const auto what = plan_of(text);
        double best = 1e9;
        for (int round = 0; round < rounds; ++round) {
            const auto [seconds, calls] = run_once(what);
            if (calls <= steps) std::exit(2);
            best = std::min(best, seconds / static_cast<double>(calls));
        }
        const bool holds = best * 1e6 < most_microseconds;
        failed |= !holds;
        fmt::print("{:<52} {:>6.2f} us a step   < {} us   {}\n", name, best * 1e6, most_microseconds,
                   holds ? "holds" : "FAILS");
    }
    return failed ? 1 : 0;
}
