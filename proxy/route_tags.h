// The tags of what a route stores, and those that a write through it invalidates: the operator's templates filled in,
// and what the upstream names in Surrogate-Key and Cache-Tag. Pure; any thread.
#pragma once

#include "core/body.h"
#include "core/http_message.h"
#include "proxy/route_key.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nearside::proxy {

struct tag_limits {
    static constexpr std::size_t tag_bytes = 256;           // a longer tag is ignored, wherever it comes from
    static constexpr std::size_t stored = 128;              // of one response
    static constexpr std::size_t invalidated = 1'024;       // by one write
    static constexpr std::size_t body_bytes = 1024 * 1024;  // a larger body is not read for tags
    static constexpr std::uint32_t json_depth = 128;        // nor is one nested deeper
};

// Each sorted, every tag once. `ignored`, where given, becomes the number of those over a limit.

// The operator's tags come before the upstream's where there are too many.
std::vector<std::string> response_tags(const route_target& target, const header_fields& response,
                                       std::size_t* ignored = nullptr);

// Those that the upstream names alone.
std::vector<std::string> upstream_tags(const header_fields& response);

// `request` and `response`: the bodies, without content coding; an empty one is absent. A tag that needs a value which
// is not there, null, or no text, number or boolean is left out; so is every tag that reads a body which is not JSON.
std::vector<std::string> invalidated_tags(const route_target& target, const buffer& request, const buffer& response,
                                          std::size_t* ignored = nullptr);

}  // namespace nearside::proxy
