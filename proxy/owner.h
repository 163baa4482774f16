// Whose work goes on when everybody who asked for it is gone: what runs detached, or waits for a timer, holds its owner
// until it is over, so that nothing that it refers to goes before it. Empty where all that is referred to outlives all
// work anyway.
// A value; any thread.
#pragma once

#include <memory>
#include <utility>

namespace nearside::proxy {

using owner_hold = std::shared_ptr<const void>;

class owner {
public:
    owner() = default;
    explicit owner(std::weak_ptr<const void> of) : of_(std::move(of)) {}

    // For work that begins now, by whoever holds the owner already.
    owner_hold hold() const noexcept { return of_.lock(); }

private:
    std::weak_ptr<const void> of_;
};

}  // namespace nearside::proxy
