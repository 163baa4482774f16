// A keyed hash of texts that clients choose: SipHash-1-3 (Aumasson, Bernstein, 2012). Who doesn't know the seed can't
// make up keys that meet in one place of a table. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearside::cache {

struct hash_seed {
    std::uint64_t first = 0, second = 0;

    // From the system's randomness; one for the life of a table.
    static hash_seed random();
};

std::uint64_t key_hash(std::string_view text, hash_seed seed) noexcept;

}  // namespace nearside::cache
