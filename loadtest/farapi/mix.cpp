#include "loadtest/farapi/mix.h"

#include <cstring>

namespace nearside::farapi {

std::uint64_t fingerprint(std::string_view bytes, std::uint64_t seed) noexcept {
    std::uint64_t state = mix(seed, bytes.size());
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        state = (state ^ word) * 0xd6e8feb86659fd93ull;
        state ^= state >> 29;
    }
    std::uint64_t tail = 0;
    if (at < bytes.size()) std::memcpy(&tail, bytes.data() + at, bytes.size() - at);
    return mix(state, tail);
}

}  // namespace nearside::farapi
