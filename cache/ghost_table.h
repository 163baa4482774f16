// Remembers which keys lately left the store unused, by their hashes alone: the history of S3-FIFO. A fixed number of
// slots of eight bytes; where a new hash finds no room, the oldest near it is forgotten. May take one key for another,
// once in a few hundred million.
// One owner, who guards it.
#pragma once

#include "cache/zeroed_array.h"

#include <cstddef>
#include <cstdint>

namespace nearside::cache {

class ghost_table {
public:
    // Room for about this many.
    explicit ghost_table(std::size_t expected);

    void remember(std::uint64_t hash) noexcept;
    // True when it was among the last `window` that were remembered; it is forgotten then.
    bool take(std::uint64_t hash, std::size_t window) noexcept;

    std::size_t memory() const noexcept { return slots_.memory(); }

private:
    struct slot {
        std::uint32_t mark = 0;  // of the hash
        std::uint32_t when = 0;  // by the count of what was remembered; 0: nothing
    };
    static constexpr std::size_t group = 8;  // slots that one hash may stand in

    slot* group_of(std::uint64_t hash) noexcept;

    zeroed_array<slot> slots_;
    std::uint32_t clock_ = 0;
};

}  // namespace nearside::cache
