// The header fields that belong to one connection (RFC 9110 7.6.1): neither forwarded, nor part of a key. Pure; any
// thread.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace nearside::config {

inline constexpr const char* belongs_to_connection = "it belongs to one connection (RFC 9110 7.6.1)";

// `name` in lower case.
constexpr bool is_connection_field(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 10> known = {
        "connection", "keep-alive",        "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
        "trailer",    "transfer-encoding", "upgrade",          "http2-settings"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace nearside::config
