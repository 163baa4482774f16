// What it costs one core to tell what changed between two versions of a large view, and how long the patch is. Prints
// a table; exits 1 when the claim does not hold.
#include "aggregators/json_patch.h"
#include "core/body.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <time.h>
#include <vector>

namespace {

namespace aggregators = nearside::aggregators;

constexpr std::size_t document_bytes = 20 * 1024 * 1024;
constexpr int rounds = 5;                 // the best counts: it has the least of other work in it
constexpr double most_seconds = 0.5;      // of CPU, for a view of that size with 0.1 % of its numbers changed
constexpr unsigned points_of_a_job = 50;  // {"step":..,"value":..} each

struct job {
    unsigned id = 0;
    std::vector<unsigned> values;
};

std::vector<job> make_jobs(std::mt19937& random) {
    constexpr std::size_t bytes_of_a_job = 1650;
    std::vector<job> jobs(document_bytes / bytes_of_a_job);
    for (job& one : jobs) {
        one.id = static_cast<unsigned>(&one - jobs.data()) + 1;
        one.values.resize(points_of_a_job);
        for (unsigned& value : one.values)
            value = static_cast<unsigned>(random() % 1'000'000);
    }
    return jobs;
}

nearside::buffer written(const std::vector<job>& jobs) {
    std::string text = R"({"project":{"id":101,"name":"far"},"jobs":[)";
    for (const job& one : jobs) {
        text += fmt::format(R"({}{{"id":{},"status":"running","metrics":[)", &one == jobs.data() ? "" : ",", one.id);
        for (std::size_t step = 0; step < one.values.size(); ++step)
            text += fmt::format(R"({}{{"step":{},"value":0.{:06}}})", step == 0 ? "" : ",", step, one.values[step]);
        text += "]}";
    }
    return nearside::buffer::copy_of(text + "]}");
}

void change_values(std::vector<job>& jobs, double share, std::mt19937& random) {
    const auto all = static_cast<double>(jobs.size() * points_of_a_job);
    for (auto left = static_cast<std::size_t>(all * share); left > 0; --left)
        jobs[random() % jobs.size()].values[random() % points_of_a_job] = static_cast<unsigned>(random() % 1'000'000);
}

// Of this thread: what else the machine does must not count.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double measure(std::string_view what, const nearside::buffer& older, const nearside::buffer& newer) {
    double best = 0;
    std::optional<std::string> patch;
    for (int round = 0; round < rounds; ++round) {
        const double start = cpu_seconds();
        patch = aggregators::json_patch(older, newer, {.item_id = "id", .limit = newer.size() / 2});
        const double spent = cpu_seconds() - start;
        best = round == 0 ? spent : std::min(best, spent);
    }
    const std::string size = patch ? fmt::format("{:.1f} kB", static_cast<double>(patch->size()) / 1e3) : "over half";
    fmt::print("{:<44} {:>8.0f} ms {:>14}\n", what, best * 1e3, size);
    return best;
}

}  // namespace

int main() {
    std::mt19937 random(6);
    const std::vector<job> jobs = make_jobs(random);
    const nearside::buffer older = written(jobs);
    const auto newer = [&](auto change) {
        std::vector<job> changed = jobs;
        change(changed);
        return written(changed);
    };
    fmt::print("A view of {:.1f} MB, {} jobs by id, {} points each\n\n{:<44} {:>11} {:>14}\n",
               static_cast<double>(older.size()) / 1e6, jobs.size(), points_of_a_job, "What changed", "CPU", "patch");

    measure("nothing", older, older);
    measure("one number", older, newer([&](auto& all) { all[all.size() / 2].values[7] = 0; }));
    const double few =
        measure("0.1 % of the numbers", older, newer([&](auto& all) { change_values(all, 0.001, random); }));
    measure("1 % of the numbers", older, newer([&](auto& all) { change_values(all, 0.01, random); }));
    measure("a job in front, another gone", older, newer([](auto& all) {
                all.erase(all.begin() + 100);
                all.insert(all.begin(), job{1'000'000, {1, 2, 3}});
            }));
    measure("each job moved on by a point", older, newer([](auto& all) {
                for (job& one : all)
                    std::rotate(one.values.begin(), one.values.begin() + 1, one.values.end());
            }));
    measure("the order of all jobs turned round", older, newer([](auto& all) { std::ranges::reverse(all); }));
    measure("all numbers", older, newer([&](auto& all) { change_values(all, 10, random); }));

    const bool holds = few <= most_seconds;
    fmt::print("\n{}  0.1 % of the numbers of such a view: under {:.0f} ms of CPU\n", holds ? "ok  " : "FAIL",
               most_seconds * 1e3);
    return holds ? 0 : 1;
}
