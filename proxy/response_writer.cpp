#include "proxy/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace nearside::proxy {

namespace {

bool is_session_field(std::string_view name) noexcept {
    switch (name.size()) {
        case 7:
            return iequals(name, "upgrade");
        case 10:
            return iequals(name, "connection") || iequals(name, "keep-alive");
        case 16:
            return iequals(name, "proxy-connection");
        case 17:
            return iequals(name, "transfer-encoding");
        default:
            return false;
    }
}

bool breaks_line(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

bool has_no_body(int status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

void write_status_line(std::string& out, int status) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_phrase(status)).append("\r\n");
}

void write_fields(std::string& out, const header_fields& fields, bool keep_length) {
    for (const header_fields::field& each : fields) {
        if (is_session_field(each.name) || (!keep_length && iequals(each.name, "content-length"))) continue;
        if (breaks_line(each.name) || breaks_line(each.value)) continue;
        out.append(each.name).append(": ").append(each.value).append("\r\n");
    }
}

bool takes_trailers(const header_fields& request) {
    bool takes = false;
    for (const header_fields::field& each : request) {
        if (!iequals(each.name, "te")) continue;
        for_each_member(each.value, [&](std::string_view coding) { takes |= iequals(coding, "trailers"); });
    }
    return takes;
}

void write_trailers(std::string& out, const header_fields& trailers) {
    static constexpr std::array<std::string_view, 17> never = {
        "content-length", "content-encoding", "content-type", "content-range", "trailer", "host",
        "authorization",  "www-authenticate", "set-cookie",   "cache-control", "expires", "age",
        "date",           "location",         "retry-after",  "vary",          "te"};
    header_fields kept;
    for (const header_fields::field& each : trailers) {
        const auto same = [&each](std::string_view name) { return iequals(each.name, name); };
        if (std::none_of(never.begin(), never.end(), same)) kept.append(each.name, each.value);
    }
    write_fields(out, kept);
}

void write_framing(std::string& out, response_framing framing, std::uint64_t length) {
    if (framing == response_framing::chunked) out += "Transfer-Encoding: chunked\r\n";
    if (framing != response_framing::length) return;
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
    out.append("Content-Length: ").append(digits.data(), end).append("\r\n");
}

}  // namespace nearside::proxy
