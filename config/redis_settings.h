// Where Redis is and how it is used, as `cache.redis` says. Plain values; immutable once loaded.
#pragma once

#include "config/node.h"
#include "core/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nearside::config {

struct redis_settings {
    enum class kind {
        single,    // one server
        sentinel,  // the endpoints are Sentinels, which know the server that is primary now
        cluster,   // the endpoints are some of a cluster's nodes
    };
    struct endpoint {
        std::string host;  // an IPv6 address without its brackets
        std::uint16_t port = 0;

        friend bool operator==(const endpoint&, const endpoint&) = default;
    };

    kind topology = kind::single;
    std::vector<endpoint> endpoints;  // empty where `socket_path` is given
    std::string socket_path;          // of a Unix socket
    std::string primary;              // the name that Sentinels know it by
    bool tls = false;
    std::string user, password;  // empty: not sent. Secrets: never logged
    std::uint32_t database = 0;  // 0 in a cluster
    std::string where;           // for people: the address without user and password

    std::string prefix = "nearside";      // of every key and channel; nodes with the same one share what is stored
    milliseconds connect_timeout{1'000};  // with TLS, AUTH and SELECT
    milliseconds command_timeout{500};    // of what no request waits for
    milliseconds request_timeout{40};     // that a request waits for Redis, in all, before it goes on without
    milliseconds content_timeout{5'000};  // of tens of MB that are known to be there; request_timeout at least
    std::uint32_t max_queue = 10'000;     // commands under way on a connection; further ones fail at once
    struct {
        bool verify = true;
        std::string ca_file;  // PEM; empty: the system's
        position ca_at{};
        std::string server_name;  // SNI and the name verified; empty: the endpoint's host
    } verification;
};

}  // namespace nearside::config
