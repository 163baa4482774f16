// How long a stored response serves. A value.
#pragma once

#include "core/clock.h"

namespace nearside::cache {

// Counted from the birth of what it is of. `stale` and `stale_if_error` count from the end of `fresh` (RFC 5861).
struct lifetime {
    milliseconds fresh{0};
    milliseconds stale{0};           // served at once, refreshed behind
    milliseconds stale_if_error{0};  // served while the upstream is failing; may be `unsaid`

    // Neither the origin nor the operator says: what holds for all that is stored while an upstream can't be reached.
    static constexpr milliseconds unsaid{-1};

    friend bool operator==(const lifetime&, const lifetime&) = default;
};

}  // namespace nearside::cache
