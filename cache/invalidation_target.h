// Where invalidations of the log that all nodes share take effect on this node.
#pragma once

#include "cache/invalidation_record.h"

#include <cstdint>

namespace nearside::cache {

// Called on the thread that the log is kept on.
class invalidation_target {
public:
    virtual void apply(const invalidation_record& record) = 0;
    // Gone is all that isn't stamped with that place at least.
    virtual void strike_all(std::uint64_t sequence) = 0;
    // All is known up to there.
    virtual void advance(std::uint64_t sequence) = 0;
    // The place that is stamped with now.
    virtual std::uint64_t present() const = 0;

protected:
    ~invalidation_target() = default;
};

}  // namespace nearside::cache
