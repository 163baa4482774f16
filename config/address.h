// Where to listen, and where an upstream is. Pure; any thread.
#pragma once

#include "config/reading.h"
#include "config/settings.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearside::config {

// `0.0.0.0:8080`, `[::1]:8080`, `localhost:8080` (127.0.0.1), or `:8080` (every IPv4 address). Port 0 lets the system
// choose.
reading<address> parse_listen(std::string_view text);

// IPv4 or IPv6, without brackets or a port: no name that is looked up.
bool is_ip_address(const std::string& host) noexcept;

// Whether nobody but this machine can reach what listens on this IP address (RFC 1122 3.2.1.3, RFC 4291 2.5.3).
bool is_loopback(const std::string& host) noexcept;

struct origin {
    std::string scheme;  // http or https
    std::string host;    // lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;
    std::string base_path;  // without trailing slash
};

// scheme://host[:port][/prefix]: no user, query or fragment (RFC 3986).
reading<origin> parse_origin(std::string_view text);

}  // namespace nearside::config
