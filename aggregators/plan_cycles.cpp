#include "aggregators/plan_cycles.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace nearside::aggregators {
namespace {

using graph = std::vector<std::vector<std::uint32_t>>;

graph reversed(const graph& edges) {
    graph back(edges.size());
    for (std::uint32_t from = 0; from < edges.size(); ++from) {
        for (const std::uint32_t to : edges[from])
            back[to].push_back(from);
    }
    return back;
}

// Takes out, again and again, every step without an edge to one that is still in; tells them in that order.
std::vector<std::uint32_t> peel(const graph& edges, const graph& back, std::vector<bool>& in) {
    std::vector<std::uint32_t> left(edges.size(), 0);
    std::deque<std::uint32_t> ready;
    for (std::uint32_t at = 0; at < edges.size(); ++at) {
        if (!in[at]) continue;
        for (const std::uint32_t to : edges[at])
            left[at] += in[to] ? 1 : 0;
        if (left[at] == 0) ready.push_back(at);
    }
    std::vector<std::uint32_t> peeled;
    while (!ready.empty()) {
        const std::uint32_t at = ready.front();
        ready.pop_front();
        in[at] = false;
        peeled.push_back(at);
        for (const std::uint32_t from : back[at]) {
            if (in[from] && --left[from] == 0) ready.push_back(from);
        }
    }
    return peeled;
}

// The shortest way from `start` back to itself among the steps that are in; empty when there is none.
std::vector<std::uint32_t> shortest_cycle(const graph& edges, const std::vector<bool>& in, std::uint32_t start) {
    std::vector<std::int64_t> came_from(edges.size(), -1);
    std::deque<std::uint32_t> frontier{start};
    while (!frontier.empty()) {
        const std::uint32_t at = frontier.front();
        frontier.pop_front();
        for (const std::uint32_t to : edges[at]) {
            if (to == start) {
                std::vector<std::uint32_t> cycle;
                for (std::uint32_t step = at; step != start; step = static_cast<std::uint32_t>(came_from[step]))
                    cycle.push_back(step);
                cycle.push_back(start);
                std::reverse(cycle.begin(), cycle.end());
                return cycle;
            }
            if (!in[to] || came_from[to] >= 0) continue;
            came_from[to] = at;
            frontier.push_back(to);
        }
    }
    return {};
}

}  // namespace

graph_order order_steps(const graph& needs) {
    const graph needed_by = reversed(needs);
    std::vector<bool> in(needs.size(), true);
    graph_order result;
    result.order = peel(needs, needed_by, in);
    // What is left is on a cycle, behind one or between two; those only behind one are nobody's fault.
    peel(needed_by, needs, in);
    for (std::uint32_t at = 0; at < needs.size(); ++at) {
        if (!in[at]) continue;
        std::vector<std::uint32_t> cycle = shortest_cycle(needs, in, at);
        for (const std::uint32_t step : cycle)
            in[step] = false;
        if (!cycle.empty()) result.cycles.push_back(std::move(cycle));
    }
    return result;
}

}  // namespace nearside::aggregators
