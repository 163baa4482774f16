// Deterministic noise: the same seed and names give the same number on every machine. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearside::farapi {

// A well-spread 64-bit value of up to three numbers.
constexpr std::uint64_t mix(std::uint64_t first, std::uint64_t second = 0, std::uint64_t third = 0) noexcept {
    std::uint64_t value = first * 0x9e3779b97f4a7c15ull ^ (second + 0x632be59bd9b4e019ull) * 0xd6e8feb86659fd93ull ^
                          (third + 0x2545f4914f6cdd1dull) * 0xff51afd7ed558ccdull;
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93ull;
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93ull;
    value ^= value >> 32;
    return value;
}

// A fingerprint of bytes; equal bytes, equal fingerprint. Not for secrets.
std::uint64_t fingerprint(std::string_view bytes, std::uint64_t seed) noexcept;

}  // namespace nearside::farapi
