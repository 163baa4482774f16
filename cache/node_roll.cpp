#include "cache/node_roll.h"

#include <algorithm>

namespace nearside::cache {

std::uint32_t node_roll::awaited::nodes() const noexcept {
    return std::max(listeners, static_cast<std::uint32_t>(others.size()) + 1);
}

void node_roll::present(const std::vector<std::string_view>& nodes) {
    present_.clear();
    for (const std::string_view each : nodes)
        if (each != self_) present_.emplace(each);
}

node_roll::awaited node_roll::all(std::uint32_t listeners, steady_time now) const {
    awaited whom{present_, std::max(listeners, 1U)};
    if (remembers(now)) whom.others.insert(remembered_.begin(), remembered_.end());
    return whom;
}

void node_roll::confirm(std::string_view node, std::uint64_t sequence) {
    if (node == self_) return;
    if (confirmed_.size() >= most_ && !confirmed_.contains(node)) confirmed_.clear();
    std::uint64_t& known = confirmed_[std::string(node)];
    known = std::max(known, sequence);
}

std::uint32_t node_roll::holding(const awaited& whom, std::uint64_t sequence) const {
    const auto holds = [sequence](const auto& each) { return each.second >= sequence; };
    const auto confirmed = static_cast<std::uint32_t>(std::count_if(confirmed_.begin(), confirmed_.end(), holds));
    const auto missing = std::count_if(whom.others.begin(), whom.others.end(), [&](const std::string& name) {
        const auto found = confirmed_.find(name);
        return found == confirmed_.end() || !holds(*found);
    });
    return std::min(confirmed + 1, whom.nodes() - static_cast<std::uint32_t>(missing));
}

void node_roll::in_step(steady_time now) {
    if (in_step_) return;
    in_step_ = true;
    until_ = now + remembers_;
}

void node_roll::out_of_step(steady_time now) {
    confirmed_.clear();
    if (!in_step_) return;
    if (!remembers(now)) remembered_.clear();
    remembered_.insert(present_.begin(), present_.end());
    in_step_ = false;
}

}  // namespace nearside::cache
