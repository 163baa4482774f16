#include "loadtest/store/traces.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace nearside::bench {

std::vector<std::uint32_t> zipf_trace(std::size_t keys, std::size_t count, double skew, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> up_to(keys);
    double sum = 0;
    for (std::size_t rank = 0; rank < keys; ++rank)
        up_to[rank] = sum += 1 / std::pow(static_cast<double>(rank + 1), skew);
    std::vector<std::uint32_t> key_of_rank(keys);
    std::iota(key_of_rank.begin(), key_of_rank.end(), 0U);
    std::shuffle(key_of_rank.begin(), key_of_rank.end(), random);
    std::uniform_real_distribution<double> anywhere(0, sum);
    std::vector<std::uint32_t> trace(count);
    for (std::uint32_t& each : trace) {
        const auto rank = std::lower_bound(up_to.begin(), up_to.end(), anywhere(random)) - up_to.begin();
        each = key_of_rank[std::min(static_cast<std::size_t>(rank), keys - 1)];
    }
    return trace;
}

std::vector<std::uint32_t> zipf_and_scans(std::size_t keys, std::size_t count, double skew, std::size_t period,
                                          std::size_t length, std::uint64_t seed) {
    auto never_asked = static_cast<std::uint32_t>(keys);
    std::vector<std::uint32_t> trace;
    std::size_t since = 0;
    for (const std::uint32_t key : zipf_trace(keys, count, skew, seed)) {
        trace.push_back(key);
        if (++since < period) continue;
        since = 0;
        for (std::size_t at = 0; at < length; ++at)
            trace.push_back(never_asked++);
    }
    return trace;
}

}  // namespace nearside::bench
