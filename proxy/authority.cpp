#include "proxy/authority.h"

#include "core/ascii.h"
#include "core/http_message.h"
#include "core/percent_encoding.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace nearside::proxy {

namespace {

struct authority_parts {
    std::string_view host;
    std::string_view port;
    bool port_written = false;
};

authority_parts split(std::string_view authority) noexcept {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return {authority, {}, false};
    return {authority.substr(0, colon), authority.substr(colon + 1), true};
}

// What a name is made of is what URLs leave unencoded; judged for every request, so each byte by one look.
constexpr std::array<bool, 256> in_name = [] {
    std::array<bool, 256> each{};
    for (unsigned byte = 0; byte < each.size(); ++byte)
        each[byte] = is_unreserved(static_cast<char>(byte));
    return each;
}();

bool is_name_char(char letter) noexcept {
    return in_name[static_cast<unsigned char>(letter)];
}

bool is_ipv6_char(char letter) noexcept {
    return hex_digit(letter) >= 0 || letter == ':' || letter == '.';
}

// RFC 3986 lets the port be empty after its colon.
unsigned port_of(const authority_parts& of, unsigned default_port) noexcept {
    if (of.port.empty()) return default_port;
    unsigned port = 0;
    std::from_chars(of.port.data(), of.port.data() + of.port.size(), port);
    return port;
}

}  // namespace

bool valid_authority(std::string_view authority) noexcept {
    static constexpr std::size_t max_port_digits = 5;
    static constexpr unsigned max_port = 65535;
    const authority_parts of = split(authority);
    if (of.port_written) {
        if (of.port.size() > max_port_digits || !std::all_of(of.port.begin(), of.port.end(), is_digit)) return false;
        if (port_of(of, 0) > max_port) return false;
    }
    if (of.host.empty()) return false;
    if (of.host.front() != '[') return std::all_of(of.host.begin(), of.host.end(), is_name_char);
    if (of.host.size() < 4 || of.host.back() != ']') return false;
    const std::string_view address = of.host.substr(1, of.host.size() - 2);
    return address.find(':') != std::string_view::npos && std::all_of(address.begin(), address.end(), is_ipv6_char);
}

bool same_authority(std::string_view left, std::string_view right, unsigned default_port) noexcept {
    const authority_parts one = split(left);
    const authority_parts other = split(right);
    return iequals(one.host, other.host) && port_of(one, default_port) == port_of(other, default_port);
}

}  // namespace nearside::proxy
