// The request targets that were understood lately, of views and of routes, so that a target asked for again costs one
// look-up instead of routing, decoding and building a key. Holds nothing about who asked. Owned by the request handler.
// Bounded: a full shard is emptied and fills again with what is in use. Any thread.
#pragma once

#include "proxy/route_key.h"
#include "proxy/view_question.h"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nearside::proxy {

// One of the two, or neither when it isn't known.
struct known_target {
    std::shared_ptr<const view_target> of_view;
    std::shared_ptr<const route_target> of_route;
};

class known_targets {
public:
    static constexpr std::size_t shards = 8;
    static constexpr std::size_t most_in_a_shard = 2'048;
    static constexpr std::size_t longest_target = 512;  // bytes; longer ones are understood anew each time

    known_target find(std::string_view target);
    void remember(std::string_view target, known_target what);

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    struct shard {
        std::mutex mutex;
        std::unordered_map<std::string, known_target, hash, std::equal_to<>> known;
    };
    shard& shard_of(std::string_view target) noexcept { return shards_[hash{}(target) % shards]; }

    std::array<shard, shards> shards_;
};

}  // namespace nearside::proxy
