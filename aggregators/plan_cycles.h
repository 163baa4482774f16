// The order of a graph of steps, and its cycles. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace nearside::aggregators {

struct graph_order {
    // Each step after all that it needs; with cycles, only the steps that depend on none.
    std::vector<std::uint32_t> order;
    // Each from its first step in the file along what needs what: a, b, c stands for a -> b -> c -> a. No step is in
    // two.
    std::vector<std::vector<std::uint32_t>> cycles;
};

// needs[i] lists what step i needs.
graph_order order_steps(const std::vector<std::vector<std::uint32_t>>& needs);

}  // namespace nearside::aggregators
