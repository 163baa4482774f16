// An invalidation as the nodes tell it each other: an order, who gave it, and its place in the log. Strict in what is
// read: another node may be newer, and Redis may hold anything. Pure; any thread.
#pragma once

#include "cache/invalidation_order.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::cache {

struct invalidation_record {
    std::uint64_t sequence = 0;  // numbers its place in the log; 0: none yet
    std::uint64_t previous = 0;  // of the one before it in the log
    std::string issuer;          // a node's name
    std::uint64_t number = 0;    // of the issuer's own
    bool everything = false;     // what is older is gone: the issuer can't tell any more what it was
    invalidation_order order;
};

constexpr std::uint16_t invalidation_codec_version = 1;

// All but the places.
std::string encode(const invalidation_record& record);
// Nullopt: not of this version, or damaged.
std::optional<invalidation_record> decode_invalidation(std::string_view bytes);

// What is heard on the channel: a record of the log. Nullopt as above. Empty bytes in it: a log was founded.
struct heard_record {
    std::string incarnation;
    std::uint64_t sequence = 0;
    std::uint64_t previous = 0;
    std::string_view bytes;
};
constexpr std::size_t incarnation_bytes = 16;
std::optional<heard_record> read_heard(std::string_view payload);

}  // namespace nearside::cache
