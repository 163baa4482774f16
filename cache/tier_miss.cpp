#include "cache/tier_miss.h"

#include <stdexcept>
#include <string>

namespace nearside::cache {

std::string_view to_string(tier_miss why) noexcept {
    switch (why) {
        case tier_miss::none:
            return "none";
        case tier_miss::absent:
            return "absent";
        case tier_miss::not_newer:
            return "not-newer";
        case tier_miss::unavailable:
            return "unavailable";
        case tier_miss::timed_out:
            return "timed-out";
        case tier_miss::not_ours:
            return "not-ours";
        case tier_miss::other_version:
            return "other-version";
        case tier_miss::damaged:
            return "damaged";
        case tier_miss::malformed:
            return "malformed";
        case tier_miss::other_key:
            return "other-key";
        case tier_miss::too_large:
            return "too-large";
        case tier_miss::chunk_missing:
            return "chunk-missing";
        case tier_miss::chunk_damaged:
            return "chunk-damaged";
        case tier_miss::content_damaged:
            return "content-damaged";
    }
    return "none";
}

void throw_exception_from_error(tier_miss why, const boost::source_location&) {
    throw std::runtime_error("no stored answer: " + std::string(to_string(why)));
}

}  // namespace nearside::cache
