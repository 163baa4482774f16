// A stored answer: immutable once published, shared by the store and by everyone who is just being served from it.
#pragma once

#include "core/body.h"
#include "core/clock.h"
#include "core/prepared_head.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace nearside::cache {

// How long an entry serves, counted from its birth. `stale` and `stale_if_error` count from the end of `fresh`
// (RFC 5861).
struct lifetime {
    milliseconds fresh{0};
    milliseconds stale{0};           // served at once, refreshed behind
    milliseconds stale_if_error{0};  // served while the upstream is failing

    friend bool operator==(const lifetime&, const lifetime&) = default;
};

struct entry {
    std::string key;
    std::string etag;            // with its quotes
    prepared_head head;          // what is the same each time it is served
    prepared_head not_modified;  // the same for a 304
    body content;
    wall_time born{};  // nothing in it was read at the upstream before this
    lifetime lives;

    // After a refresh failed, no other is tried for this entry before then (microseconds of wall time). The one thing
    // that changes in a published entry.
    mutable std::atomic<std::int64_t> refresh_not_before{0};

    // Bytes that keeping it costs: itself, its key and header lines, its content.
    std::size_t memory() const noexcept;
};

using entry_ptr = std::shared_ptr<const entry>;

}  // namespace nearside::cache
