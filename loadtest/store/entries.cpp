#include "loadtest/store/entries.h"

#include "cache/memory_store.h"
#include "core/heap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

namespace nearside::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::array<churn_phase, 5> phases = {{
    {"200 B to 64 kB, by magnitude", 200, 64'000, true},
    {"200 B to 2 kB", 200, 2'000, false},
    {"32 kB to 64 kB", 32'000, 64'000, false},
    {"200 B to 64 kB", 200, 64'000, false},
    {"200 B to 64 kB, by magnitude", 200, 64'000, true},
}};

std::size_t draw(const churn_phase& phase, std::mt19937_64& random) {
    if (!phase.by_magnitude) {
        return std::uniform_int_distribution<std::size_t>(phase.least_bytes, phase.most_bytes)(random);
    }
    std::uniform_real_distribution<double> magnitude(std::log(static_cast<double>(phase.least_bytes)),
                                                     std::log(static_cast<double>(phase.most_bytes)));
    return static_cast<std::size_t>(std::exp(magnitude(random)));
}

// Puts and finds, as many hits as puts; what it found is held for a while, as by a client that is being served.
void come_and_go(cache::memory_store& store, const churn_phase& phase, std::uint64_t bytes, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::array<cache::entry_ptr, 64> served;
    std::uint64_t put = 0;
    for (std::size_t step = 0; put < bytes; ++step) {
        const std::size_t size = draw(phase, random);
        store.put(make_entry(random() % 10'000'000, size));
        put += size;
        if (cache::entry_ptr found = store.find(make_entry(random() % 10'000'000, 0)->key)) {
            served[step % served.size()] = std::move(found);
        }
    }
}

}  // namespace

cache::entry_ptr make_entry(std::uint64_t number, std::size_t content_bytes) {
    auto made = std::make_shared<cache::entry>();
    made->key = fmt::format("route:api;scheme=https;authority=api.example.nl;uri=/api/jobs/{:08}/metrics/%3Fpage%3D1",
                            number % 100'000'000);
    response_head head;
    head.fields.append("Date", "Sat, 03 Jan 2026 10:00:00 GMT");
    head.fields.append("Content-Type", "application/json; charset=utf-8");
    head.fields.append("Cache-Control", "public, max-age=60, stale-while-revalidate=600");
    head.fields.append("ETag", fmt::format("\"{:032x}\"", number));
    head.fields.append("Vary", "Accept-Encoding");
    head.fields.append("Last-Modified", "Fri, 02 Jan 2026 09:00:00 GMT");
    head.fields.append("X-Request-Id", fmt::format("{:016x}", number));
    made->head = prepared_head(head);
    auto content = std::make_shared_for_overwrite<char[]>(content_bytes);
    std::fill_n(content.get(), content_bytes, 'y');
    const std::string_view bytes(content.get(), content_bytes);
    made->content = body(std::vector<slice>{{std::move(content), bytes}});
    return made;
}

std::size_t own_bytes(const cache::entry& of) {
    const head_view head = of.head.whole();
    return of.key.size() + head.status_line.size() + head.lines.size() + of.content.size();
}

entry_cost cost_of_entries(std::size_t entries, std::size_t content_bytes) {
    cache::memory_store store({.bytes = entries * (content_bytes + 1'500)});
    const std::size_t before = resident_bytes();
    std::uint64_t own = 0;
    for (std::size_t number = 0; number < entries; ++number) {
        const cache::entry_ptr made = make_entry(number, content_bytes);
        own += own_bytes(*made);
        store.put(made);
    }
    const std::size_t resident = resident_bytes() - before;
    const auto counted = store.count();
    if (counted.entries != entries) return {};
    return {own / entries, resident / entries, counted.bytes / entries};
}

std::vector<churn_outcome> churn(std::uint64_t limit, unsigned threads, unsigned turnover) {
    cache::memory_store store({.bytes = limit}, {resident_bytes, return_free_memory});
    std::vector<churn_outcome> outcomes;
    std::uint64_t seed = 1;
    for (const churn_phase& phase : phases) {
        std::atomic<bool> done = false;
        double sum = 0, most = 0;
        std::size_t samples = 0;
        // What an earlier phase left counts as well: memory is to be within the limit whatever comes after what.
        std::thread sampler([&] {
            while (!done) {
                const double now = static_cast<double>(resident_bytes()) / static_cast<double>(limit);
                if (store.count().evictions > 0) {
                    sum += now;
                    most = std::max(most, now);
                    ++samples;
                }
                std::this_thread::sleep_for(5ms);
            }
        });
        std::vector<std::thread> working;
        for (unsigned at = 0; at < threads; ++at) {
            working.emplace_back(come_and_go, std::ref(store), std::cref(phase), limit * turnover / threads, seed++);
        }
        for (std::thread& each : working)
            each.join();
        done = true;
        sampler.join();
        outcomes.push_back({phase.name, sum / static_cast<double>(std::max<std::size_t>(1, samples)), most,
                            static_cast<std::size_t>(store.count().entries)});
    }
    return outcomes;
}

}  // namespace nearside::bench
