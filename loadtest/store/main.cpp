// What stored entries cost in memory, whether the store keeps to its limit while entries come and go, and which it
// keeps. Prints a table; exits 1 when a claim does not hold.
#include "core/heap.h"
#include "loadtest/store/entries.h"
#include "loadtest/store/hit_ratios.h"
#include "loadtest/store/own_process.h"
#include "loadtest/store/traces.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace bench = nearside::bench;

constexpr std::size_t entries = 1'000'000;
constexpr std::uint64_t churn_limit = std::uint64_t{512} * 1024 * 1024;
constexpr unsigned churn_threads = 2, churn_turnover = 6;
constexpr std::size_t trace_keys = 200'000, trace_requests = 1'500'000;

// What is claimed (docs/benchmarks.md).
constexpr std::size_t most_overhead = 500;  // bytes an entry of 1 kB
constexpr double most_off_the_limit = 0.10;

class table {
public:
    void row(std::string_view what, std::string_view figure, std::string_view claim = {}, bool holds = true) {
        fmt::print("{:<62} {:>26}   {:<22} {}\n", what, figure, claim, claim.empty() ? "" : holds ? "holds" : "FAILS");
        std::fflush(stdout);
        failed_ |= !claim.empty() && !holds;
    }
    int exit_code() const { return failed_ ? 1 : 0; }

private:
    bool failed_ = false;
};

void entry_rows(table& out) {
    fmt::print("A million entries: key, header and content are their own; memory is what the process grew by\n\n");
    for (const std::size_t content : {std::size_t{100}, std::size_t{1024}, std::size_t{16 * 1024}}) {
        const std::size_t count = content > 1024 ? entries / 10 : entries;
        const std::string told = bench::in_own_process([&] {
            const bench::entry_cost cost = bench::cost_of_entries(count, content);
            return fmt::format("{} {} {}", cost.own, cost.resident, cost.counted);
        });
        char* at = nullptr;
        const std::uint64_t own = std::strtoull(told.c_str(), &at, 10), resident = std::strtoull(at, &at, 10),
                            counted = std::strtoull(at, &at, 10);
        const bool claimed = content == 1024;
        out.row(fmt::format("{} B of content, {} B own: memory an entry", content, own),
                fmt::format("{} B, {} B more", resident, resident - own),
                claimed ? fmt::format("<= {} B more", most_overhead) : "", resident - own <= most_overhead);
        out.row("  as the store counts it", fmt::format("{} B", counted));
    }
}

void churn_rows(table& out) {
    fmt::print("\n{} MiB, {} threads that put and find; memory of the whole process as part of that\n\n",
               churn_limit >> 20, churn_threads);
    const std::string told = bench::in_own_process([] {
        std::string lines;
        for (const bench::churn_outcome& one : bench::churn(churn_limit, churn_threads, churn_turnover)) {
            lines += fmt::format("{:.3f} {:.3f} {} {}\n", one.mean, one.most, one.entries, one.phase);
        }
        return lines;
    });
    std::string_view left = told;
    while (!left.empty()) {
        const std::string line(left.substr(0, left.find('\n')));
        left.remove_prefix(line.size() + 1);
        char* at = nullptr;
        const double mean = std::strtod(line.c_str(), &at), most = std::strtod(at, &at);
        const std::uint64_t held = std::strtoull(at, &at, 10);
        out.row(fmt::format("contents of {}: {} entries", at + 1, held),
                fmt::format("{:.3f}, at most {:.3f}", mean, most),
                fmt::format("{:.2f} to {:.2f}", 1 - most_off_the_limit, 1 + most_off_the_limit),
                most <= 1 + most_off_the_limit && mean >= 1 - most_off_the_limit);
    }
}

void hit_rows(table& out) {
    fmt::print("\n{} requests for {} keys: what part is found, by the store and by a plain LRU of as many entries\n\n",
               trace_requests, trace_keys);
    const auto compare = [&](const std::string& name, const std::vector<std::uint32_t>& trace, std::size_t room) {
        const bench::store_hits store = bench::hits_of_store(trace, room);
        const double lru = bench::hit_ratio_of_lru(trace, store.held);
        out.row(fmt::format("{}, room for {}", name, store.held), fmt::format("{:.3f}, LRU {:.3f}", store.ratio, lru),
                "more than LRU", store.ratio > lru);
    };
    for (const double skew : {0.9, 1.0}) {
        const auto plain = bench::zipf_trace(trace_keys, trace_requests, skew, 1);
        const auto scanned = bench::zipf_and_scans(trace_keys, trace_requests, skew, 50'000, 30'000, 1);
        for (const std::size_t room : {trace_keys / 100, trace_keys / 10}) {
            compare(fmt::format("Zipf {}", skew), plain, room);
            compare(fmt::format("Zipf {} with scans between", skew), scanned, room);
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    nearside::use_one_heap();
    const std::string_view only = count > 1 ? arguments[1] : "";
    table out;
    if (only.empty() || only == "entries") entry_rows(out);
    if (only.empty() || only == "churn") churn_rows(out);
    if (only.empty() || only == "hits") hit_rows(out);
    return out.exit_code();
}
