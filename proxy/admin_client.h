// Asks a running nearside's admin listener, over HTTP or HTTPS: what the command line does its work with. One question,
// one connection.
// A process of its own; blocks its one thread.
#pragma once

#include "core/clock.h"
#include "core/error.h"

#include <cstdint>
#include <string>

namespace nearside::proxy {

struct admin_question {
    std::string url;      // http://host[:port] or https://host[:port]; what follows is not looked at
    std::string ca_file;  // PEM, of https; empty: the system's
    std::string token;    // empty: none is sent
    std::string method = "GET";
    std::string target = "/";
    std::string content;  // of a POST
    milliseconds patience{30'000};
};

struct admin_reply {
    int status = 0;
    std::string content;
};

// Fails with bad_request for a URL that is none, resolve_failed, connect_failed, tls_failed, malformed_response, and
// total_timeout.
result<admin_reply> ask_admin(const admin_question& question);

}  // namespace nearside::proxy
