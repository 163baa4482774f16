#include "cache/key_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nearside::cache {
namespace {

constexpr hash_seed reference_seed{0x0706050403020100, 0x0f0e0d0c0b0a0908};

// SipHash-1-3 of the bytes 0, 1, 2, .. under the key 00 01 .. 0f, as its reference implementation gives it.
TEST(key_hash, is_siphash_1_3) {
    const auto counting = [](int size) {
        std::string bytes;
        for (int at = 0; at < size; ++at)
            bytes += static_cast<char>(at);
        return bytes;
    };
    EXPECT_EQ(key_hash("", reference_seed), 0xabac0158050fc4dcULL);
    EXPECT_EQ(key_hash(counting(1), reference_seed), 0xc9f49bf37d57ca93ULL);
    EXPECT_EQ(key_hash(counting(8), reference_seed), 0x369095118d299a8eULL);
}

TEST(key_hash, differs_by_seed_and_by_every_byte) {
    std::set<std::uint64_t> seen;
    for (int size = 0; size < 40; ++size) {
        seen.insert(key_hash(std::string(static_cast<std::size_t>(size), 'a'), reference_seed));
        seen.insert(key_hash(std::string(static_cast<std::size_t>(size), '\0'), reference_seed));
        seen.insert(key_hash(std::string(static_cast<std::size_t>(size), 'a'), {1, 2}));
    }
    EXPECT_EQ(seen.size(), 3U * 40U - 1U);
}

TEST(key_hash, seeds_are_not_met_twice) {
    const hash_seed one = hash_seed::random(), other = hash_seed::random();
    EXPECT_NE(key_hash("a", one), key_hash("a", other));
}

}  // namespace
}  // namespace nearside::cache
