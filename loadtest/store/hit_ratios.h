// What part of a trace's requests is found, by the store and by a plain LRU list of as many entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nearside::bench {

struct store_hits {
    double ratio = 0;
    std::size_t held = 0;  // entries, once it is full
};
// A key that isn't found is put. `entries`: room for about so many.
store_hits hits_of_store(std::span<const std::uint32_t> trace, std::size_t entries);
double hit_ratio_of_lru(std::span<const std::uint32_t> trace, std::size_t entries);

}  // namespace nearside::bench
