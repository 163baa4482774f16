#include "config/address.h"

#include "config/complain.h"
#include "config/url_path.h"
#include "core/ascii.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace nearside::config {

namespace {

constexpr std::size_t longest_host = 253;  // RFC 1035 2.3.4, as text

bool is_ip(int family, const std::string& text) noexcept {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(family, text.c_str(), bytes.data()) == 1;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

// A DNS name or an IPv4 address: labels of letters, digits, `-` and `_`.
bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > longest_host || text.front() == '.' ||
        text.find("..") != std::string_view::npos) {
        return false;
    }
    return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") ==
           std::string_view::npos;
}

// Digits and dots alone that are no IPv4 address: resolvers read `10.1` and `300.1.1.1` in surprising ways.
bool is_broken_ipv4(std::string_view host) {
    return host.find_first_not_of("0123456789.") == std::string_view::npos && !is_ip(AF_INET, std::string(host));
}

struct host_and_port {
    std::string host;
    std::string_view port;
    bool has_port = false;
    bool bracketed = false;
};

// Splits `host:port` and `[v6]:port`; nullopt when the brackets don't close.
std::optional<host_and_port> split(std::string_view text) {
    host_and_port parts;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        parts.bracketed = true;
        parts.host = text.substr(1, close - 1);
        text.remove_prefix(close + 1);
        if (text.empty()) return parts;
        if (text.front() != ':') return std::nullopt;
        parts.has_port = true;
        parts.port = text.substr(1);
        return parts;
    }
    const std::size_t colon = text.rfind(':');
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos) {
        parts.has_port = true;
        parts.port = text.substr(colon + 1);
    }
    return parts;
}

}  // namespace

reading<address> parse_listen(std::string_view text) {
    constexpr const char* how = "write an address and a port: `0.0.0.0:8080`, `127.0.0.1:8080` or `[::1]:8080`";
    const auto bad = [&](std::string why) {
        return reading<address>::bad(quote(text) + " is no address to listen on" + why, how);
    };
    const std::optional<host_and_port> parts = split(text);
    if (!parts || !parts->has_port) return bad("");
    const std::optional<std::uint16_t> port = read_port(parts->port);
    if (!port) return bad(": a port is a number from 0 to 65535");
    if (parts->bracketed) {
        if (!is_ip(AF_INET6, parts->host)) return bad(": not an IPv6 address");
        return reading<address>::good({parts->host, *port});
    }
    if (parts->host.empty()) return reading<address>::good({"0.0.0.0", *port});
    if (parts->host == "localhost") return reading<address>::good({"127.0.0.1", *port});
    if (is_ip(AF_INET, parts->host)) return reading<address>::good({parts->host, *port});
    if (is_ip(AF_INET6, parts->host)) return bad(": an IPv6 address goes in brackets");
    return bad("");
}

bool is_ip_address(const std::string& host) noexcept {
    return is_ip(AF_INET, host) || is_ip(AF_INET6, host);
}

bool is_loopback(const std::string& host) noexcept {
    constexpr unsigned char loopback_net = 127;
    in_addr four{};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24U == loopback_net;
    in6_addr six{};
    if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return false;
    constexpr std::size_t mapped_at = 12;
    return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[mapped_at] == loopback_net);
}

reading<origin> parse_origin(std::string_view text) {
    constexpr const char* how = "write `https://host`, `http://host:port` or `https://host/prefix`";
    const auto bad = [&](std::string_view why) {
        return reading<origin>::bad(quote(text) + " is not the URL of an upstream: " + std::string(why), how);
    };
    origin read;
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return bad("it has no scheme");
    read.scheme = lower_case(text.substr(0, colon));
    if (read.scheme != "http" && read.scheme != "https") return bad("its scheme is neither http nor https");
    std::string_view rest = text.substr(colon + 3);
    if (rest.find('?') != std::string_view::npos) return bad("it has a query");
    if (rest.find('#') != std::string_view::npos) return bad("it has a fragment");
    const std::size_t slash = rest.find('/');
    const std::string_view authority = rest.substr(0, slash);
    // Never quoted back: what stands before the `@` is a secret.
    if (authority.find('@') != std::string_view::npos) {
        return reading<origin>::bad("the URL of an upstream holds a user or password",
                                    "send credentials as headers: `forward: [authorization]`");
    }

    const std::optional<host_and_port> parts = split(authority);
    if (!parts) return bad("its host is broken");
    if (parts->bracketed ? !is_ip(AF_INET6, parts->host) : !is_host_name(parts->host) || is_broken_ipv4(parts->host)) {
        return bad(parts->host.empty() ? "it has no host" : "its host is neither a name nor an address");
    }
    read.host = lower_case(parts->host);
    read.port = read.scheme == "https" ? 443 : 80;
    if (parts->has_port) {
        const std::optional<std::uint16_t> port = read_port(parts->port);
        if (!port || *port == 0) return bad("a port is a number from 1 to 65535");
        read.port = *port;
    }

    if (slash != std::string_view::npos) {
        std::string_view path = rest.substr(slash);
        if (const std::string fault = find_path_fault(path); !fault.empty()) return bad(fault);
        while (path.ends_with('/'))
            path.remove_suffix(1);
        read.base_path = path;
    }
    return reading<origin>::good(std::move(read));
}

}  // namespace nearside::config
