#include "proxy/forwarding.h"

#include "proxy/coded_copies.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace nearside::proxy {

namespace {

// The length of what stands at the front of `path` for `letter`: itself, or its percent-encoding.
std::size_t spelling_of(char letter, std::string_view encoded, std::string_view path) noexcept {
    if (path.empty()) return 0;
    if (path.front() == letter) return 1;
    return path.size() >= 3 && iequals(path.substr(0, 3), encoded) ? 3 : 0;
}

std::size_t separator_at(std::string_view path) noexcept {
    if (const std::size_t slash = spelling_of('/', "%2f", path)) return slash;
    return spelling_of('\\', "%5c", path);
}

// A quoted-string where the value is no token (RFC 7239 4).
std::string forwarded_value(std::string_view value) {
    std::string quoted = "\"";
    for (const char letter : value) {
        if (letter == '"' || letter == '\\') quoted += '\\';
        quoted += letter;
    }
    return quoted + '"';
}

std::string forwarded_element(const client_facts& client, std::string_view name) {
    const bool v6 = client.address.find(':') != std::string_view::npos;
    std::string element = "for=";
    if (v6) {
        element.append("\"[").append(client.address).append("]\"");
    } else {
        element.append(client.address);
    }
    element.append(";proto=").append(client.scheme);
    if (!client.authority.empty()) element.append(";host=").append(forwarded_value(client.authority));
    // An obfuscated identifier starts with `_` (RFC 7239 6.3).
    element.append(";by=_").append(name);
    return element;
}

void append_member(header_fields& fields, std::string_view name, std::string_view member) {
    std::string value = fields.combined(name);
    if (!value.empty()) value += ", ";
    fields.set(name, value.append(member));
}

// Of OPTIONS and TRACE (RFC 9110 7.6.2); anything but a number is none.
std::optional<std::uint64_t> max_forwards(const request_head& request) {
    if (request.method != "OPTIONS" && request.method != "TRACE") return std::nullopt;
    const std::string_view text = request.fields.find("max-forwards").value_or("");
    std::uint64_t hops = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), hops);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return hops;
}

}  // namespace

bool has_dot_segment(std::string_view path) noexcept {
    while (!path.empty()) {
        if (const std::size_t separator = separator_at(path)) {
            path.remove_prefix(separator);
            continue;
        }
        std::size_t dots = 0;
        bool only_dots = true;
        while (!path.empty() && separator_at(path) == 0 && spelling_of(';', "%3b", path) == 0) {
            const std::size_t dot = spelling_of('.', "%2e", path);
            only_dots = only_dots && dot > 0;
            ++dots;
            path.remove_prefix(std::max<std::size_t>(dot, 1));
        }
        if (only_dots && (dots == 1 || dots == 2)) return true;
        while (!path.empty() && separator_at(path) == 0)
            path.remove_prefix(1);
    }
    return false;
}

std::string host_field(const config::upstream_settings& upstream) {
    const bool bare_v6 = upstream.host.find(':') != std::string::npos && upstream.host.front() != '[';
    std::string host = bare_v6 ? "[" + upstream.host + "]" : upstream.host;
    const std::uint16_t usual = upstream.scheme == "https" ? 443 : 80;
    if (upstream.port != usual) host += ":" + std::to_string(upstream.port);
    return host;
}

bool is_last_recipient(const request_head& request) {
    return max_forwards(request) == 0u;
}

result<std::string> upstream_request_head(const request_head& from_client, const client_facts& client,
                                          const config::upstream_settings& upstream, std::string_view name,
                                          upload_framing framing, std::optional<std::uint64_t> length) {
    if (has_dot_segment(from_client.path())) {
        return error{errc::bad_request, "a path with `.` or `..` segments is not passed on"};
    }
    header_fields fields = from_client.fields;
    remove_hop_by_hop(fields);
    if (const auto hops = max_forwards(from_client); hops && *hops > 0)
        fields.set("Max-Forwards", std::to_string(*hops - 1));
    add_origins_tags(fields);
    // Trailer: those of a request end here (RFC 9110 6.5.1).
    for (const std::string_view ours : {"host", "content-length", "expect", "http2-settings", "trailer"})
        fields.erase(ours);

    const int version = from_client.version;
    const std::string protocol = version == 20 ? "2 " : version == 10 ? "1.0 " : "1.1 ";
    append_member(fields, "Via", protocol + std::string(name));
    append_member(fields, "Forwarded", forwarded_element(client, name));
    append_member(fields, "X-Forwarded-For", client.address);
    // What the first proxy saw is what the application must know; later ones keep it.
    if (!fields.contains("x-forwarded-proto")) fields.append("X-Forwarded-Proto", client.scheme);
    if (!fields.contains("x-forwarded-host") && !client.authority.empty()) {
        fields.append("X-Forwarded-Host", client.authority);
    }

    const bool asterisk = from_client.target == "*";
    std::string head = from_client.method + " ";
    if (!asterisk) head += upstream.base_path;
    head.append(from_client.target).append(" HTTP/1.1\r\nHost: ").append(host_field(upstream)).append("\r\n");
    fields.write_to(head);
    if (framing == upload_framing::chunked) head += "Transfer-Encoding: chunked\r\n";
    if (framing == upload_framing::length) head += "Content-Length: " + std::to_string(length.value_or(0)) + "\r\n";
    head += "\r\n";
    return head;
}

void prepare_for_client(response_head& head, std::string_view name, std::string_view cache_status) {
    // One number, however often the upstream said it: the parser has seen that they agree.
    const std::string lengths = head.fields.combined("content-length");
    if (const std::size_t comma = lengths.find(','); comma != std::string::npos) {
        head.fields.set("Content-Length", std::string_view(lengths).substr(0, comma));
    }
    remove_hop_by_hop(head.fields);
    append_member(head.fields, "Via", (head.version == 10 ? "1.0 " : "1.1 ") + std::string(name));
    if (!cache_status.empty()) append_member(head.fields, "Cache-Status", cache_status);
    head.version = 11;
}

}  // namespace nearside::proxy
