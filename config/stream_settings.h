// What `streams` says of pushed views, and `webhooks` of invalidations that come from upstream services. Plain values;
// immutable once loaded.
#pragma once

#include "config/node.h"
#include "core/clock.h"

#include <cstdint>
#include <string>

namespace nearside::config {

// Where many views are asked for in one stream; no path of a view or route while there are streams.
inline constexpr std::string_view streams_path = "/stream";

struct stream_settings {
    std::uint32_t max = 20'000;                  // streams and `Prefer: wait` requests at once; further ones get 503
    std::uint32_t per_client = 100;              // of one address; further ones get 429
    std::uint32_t views = 50;                    // of one stream
    milliseconds heartbeat{15'000};              // a comment after so long without an event
    milliseconds retry{1'000};                   // what clients are told to wait before they connect again
    milliseconds wait_limit{60'000};             // `Prefer: wait` waits no longer
    milliseconds linger{30'000};                 // a view without subscribers is kept for those who come back
    std::uint32_t history = 64;                  // changes of a view that can be resumed from
    std::uint64_t history_bytes = 1024 * 1024;   // of a view's changes
    std::uint64_t snapshot_limit = 1024 * 1024;  // of a view; a larger one is announced by `changed`, never sent whole
    double patch_share = 0.5;                    // a patch is sent where it is at most so much of the view's size
    std::uint64_t buffer = 64 * 1024;            // bytes unsent to a client, before it gets the latest state alone
};

// Where an upstream service sends invalidations to, on the public listener.
struct webhook_settings {
    position at;
    std::string path;                 // exact
    std::string secret;               // of HMAC-SHA256; never logged
    milliseconds tolerance{300'000};  // how far the time in a signature may be from now
    std::uint64_t body = 64 * 1024;   // bytes; a larger one is refused
};

}  // namespace nearside::config
