// Sequences of keys that clients could ask for. Pure: the seed is an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nearside::bench {

// `count` requests for `keys` keys, of which the n-th most popular is asked for in proportion to 1 / n^skew. Popularity
// has nothing to do with the order of the numbers.
std::vector<std::uint32_t> zipf_trace(std::size_t keys, std::size_t count, double skew, std::uint64_t seed);

// The same, and after every `period` requests a scan: `length` keys that come once and never again.
std::vector<std::uint32_t> zipf_and_scans(std::size_t keys, std::size_t count, double skew, std::size_t period,
                                          std::size_t length, std::uint64_t seed);

}  // namespace nearside::bench
