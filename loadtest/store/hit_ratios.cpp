#include "loadtest/store/hit_ratios.h"

#include "cache/memory_store.h"

#include <fmt/format.h>

#include <list>
#include <unordered_map>

namespace nearside::bench {
namespace {

std::string key_of(std::uint32_t number) {
    return fmt::format("route:api;uri=/{:010}", number);
}

cache::entry_ptr make(std::uint32_t number) {
    auto made = std::make_shared<cache::entry>();
    made->key = key_of(number);
    return made;
}

double share(std::size_t hits, std::size_t of) {
    return static_cast<double>(hits) / static_cast<double>(of);
}

}  // namespace

store_hits hits_of_store(std::span<const std::uint32_t> trace, std::size_t entries) {
    cache::memory_store store({.bytes = cache::store_shard::cost_of(*make(0)) * entries}, {}, {1, 2});
    std::size_t hits = 0;
    for (const std::uint32_t number : trace) {
        if (store.find(key_of(number))) {
            ++hits;
        } else {
            store.put(make(number));
        }
    }
    return {share(hits, trace.size()), store.count().entries};
}

double hit_ratio_of_lru(std::span<const std::uint32_t> trace, std::size_t entries) {
    std::list<std::uint32_t> by_use;
    std::unordered_map<std::uint32_t, std::list<std::uint32_t>::iterator> index;
    std::size_t hits = 0;
    for (const std::uint32_t number : trace) {
        if (const auto at = index.find(number); at != index.end()) {
            by_use.splice(by_use.begin(), by_use, at->second);
            ++hits;
            continue;
        }
        by_use.push_front(number);
        index[number] = by_use.begin();
        if (index.size() <= entries) continue;
        index.erase(by_use.back());
        by_use.pop_back();
    }
    return share(hits, trace.size());
}

}  // namespace nearside::bench
