// The host that a request names (RFC 9110 7.2, RFC 3986 3.2): checked, and compared where it is named twice.
// Pure; any thread.
#pragma once

#include <string_view>

namespace nearside::proxy {

// `host` or `host:port`. Host is a name of letters, digits, `-`, `.`, `_`, `~`, an IPv4 address, or an IPv6 address in
// brackets. Narrower than RFC 3986, which also lets sub-delims and percent-encoded bytes into a name: no DNS name needs
// them, and programs disagree about what they mean.
bool valid_authority(std::string_view authority) noexcept;

// Whether both name the same host and port, `default_port` where none is written. Both must be valid.
bool same_authority(std::string_view left, std::string_view right, unsigned default_port) noexcept;

}  // namespace nearside::proxy
