// Serves the upstream over HTTP/1.1: one thread accepts, parses and acts out wire scripts; making tens of MB of body
// happens on a pool beside it. Runs until told to stop.
#pragma once

#include "loadtest/farapi/api.h"
#include "loadtest/farapi/control.h"
#include "loadtest/farapi/counts.h"
#include "loadtest/farapi/faults.h"
#include "loadtest/farapi/reply.h"
#include "loadtest/farapi/story_clock.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace nearside::farapi {

struct server_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::chrono::milliseconds keep_alive{75'000};  // an idle connection is closed after this
    std::chrono::milliseconds service_time{0};     // added to each answer: what the database would take
    reply_options replies;
};

struct server_parts {
    api& rest;
    control& controls;
    fault_list& faults;
    request_counts& counts;
    story_clock& time;
};

// Calls `listening` with the port once connections are taken. Returns after SIGTERM or SIGINT. Throws when the address
// cannot be listened on.
void serve(const server_options& options, server_parts parts, const std::function<void(std::uint16_t)>& listening);

}  // namespace nearside::farapi
