#include "cache/key_hash.h"

#include <bit>
#include <cstring>
#include <random>

namespace nearside::cache {

namespace {

struct sip_state {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32) + v3;
        v2 += v1;
        v3 = std::rotl(v3, 21) ^ v0;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }

    void take(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        v0 ^= word;
    }
};

// The words of a text are little-endian; so are the machines this runs on.
static_assert(std::endian::native == std::endian::little);

}  // namespace

hash_seed hash_seed::random() {
    std::random_device source;
    const auto word = [&source] { return (std::uint64_t{source()} << 32) | source(); };
    const std::uint64_t first = word();
    return {first, word()};
}

std::uint64_t key_hash(std::string_view text, hash_seed seed) noexcept {
    sip_state state{seed.first ^ 0x736f6d6570736575, seed.second ^ 0x646f72616e646f6d, seed.first ^ 0x6c7967656e657261,
                    seed.second ^ 0x7465646279746573};
    const std::uint64_t size = text.size();
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
        std::memcpy(&word, text.data(), sizeof word);
        state.take(word);
        text.remove_prefix(sizeof word);
    }
    word = 0;
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    state.take(word | (size << 56));
    state.v2 ^= 0xff;
    for (int round = 0; round < 3; ++round)
        state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace nearside::cache
