// Entries as a route stores them, and what a million of them take; what the store takes while entries come and go.
#pragma once

#include "cache/entry.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::bench {

// A response of an API with the usual fields.
cache::entry_ptr make_entry(std::uint64_t number, std::size_t content_bytes);

// Its key, header and content bytes: what nobody can store it without.
std::size_t own_bytes(const cache::entry& of);

struct entry_cost {
    std::size_t own = 0;       // bytes an entry, on average
    std::size_t resident = 0;  // as the kernel counts them
    std::size_t counted = 0;   // as the store counts them
};
entry_cost cost_of_entries(std::size_t entries, std::size_t content_bytes);

struct churn_phase {
    std::string_view name;
    std::size_t least_bytes = 0, most_bytes = 0;
    bool by_magnitude = false;  // as many of 200 to 400 bytes as of 32 to 64 kB, rather than of each size
};
struct churn_outcome {
    std::string_view phase;
    double mean = 0, most = 0;  // resident, as part of the limit
    std::size_t entries = 0;
};
// `turnover`: bytes put in each phase, as a multiple of the limit.
std::vector<churn_outcome> churn(std::uint64_t limit, unsigned threads, unsigned turnover);

}  // namespace nearside::bench
