// Who is waited for until an invalidation holds everywhere, and who has confirmed what. Nodes are known by their names,
// so that one that confirms, dies and comes back under a new name never stands for another that hasn't confirmed.
// A value; one thread's.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

class node_roll {
public:
    using names = std::set<std::string, std::less<>>;
    // Who is waited for besides this node.
    struct awaited {
        names others{};
        std::uint32_t listeners = 1;  // that were told, this node included; one may have no name here yet

        std::uint32_t nodes() const noexcept;  // at least 1: this one
    };

    // Once in step again, the nodes of before are waited for `remembers` longer: they may not be back yet. The
    // confirmations of `most` nodes are kept.
    node_roll(std::string self, milliseconds remembers, std::size_t most)
        : self_(std::move(self)), remembers_(remembers), most_(most) {}

    // Redis says who has read the log lately.
    void present(const std::vector<std::string_view>& nodes);
    awaited all(std::uint32_t listeners, steady_time now) const;

    void confirm(std::string_view node, std::uint64_t sequence);
    // How many of those hold the record of that `sequence`, as if this node did.
    std::uint32_t holding(const awaited& whom, std::uint64_t sequence) const;

    void in_step(steady_time now);
    void out_of_step(steady_time now);

private:
    bool remembers(steady_time now) const noexcept { return !in_step_ || now < until_; }

    std::string self_;
    milliseconds remembers_;
    std::size_t most_;
    bool in_step_ = false;
    steady_time until_{};
    names present_;                                                // others, when Redis was asked last
    names remembered_;                                             // others, when this node was in step last
    std::map<std::string, std::uint64_t, std::less<>> confirmed_;  // by node: up to that sequence
};

}  // namespace nearside::cache
