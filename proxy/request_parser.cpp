#include "proxy/request_parser.h"

#include "core/ascii.h"
#include "proxy/authority.h"

#include <algorithm>
#include <charconv>

namespace nearside::proxy {

namespace {

using outcome = std::optional<refusal>;

outcome refuse(std::string_view detail) noexcept {
    return refusal{400, errc::bad_request, detail};
}

outcome refuse(int status, std::string_view detail) noexcept {
    return refusal{status, errc::bad_request, detail};
}

outcome parse_version(std::string_view text, int& version) {
    if (text == "HTTP/1.1") {
        version = 11;
        return std::nullopt;
    }
    if (text == "HTTP/1.0") {
        version = 10;
        return std::nullopt;
    }
    const auto digit = [&](std::size_t at) { return is_digit(text[at]); };
    const bool well_formed = text.size() == 8 && text.starts_with("HTTP/") && digit(5) && text[6] == '.' && digit(7);
    return well_formed ? refuse(505, "this HTTP version is not spoken here")
                       : refuse("no HTTP version in the request line");
}

// Visible ASCII but `#`: a fragment is never sent (RFC 9110 7.1).
bool is_target_char(char letter) noexcept {
    return letter > 0x20 && letter < 0x7F && letter != '#';
}

// RFC 9112 3.2.2. Leaves the origin-form in out.head.target and what it named in `named`.
outcome parse_absolute_form(std::string_view target, parsed_request& out, std::string_view& named, unsigned& port) {
    const auto mark = target.find("://");
    if (mark == std::string_view::npos) return refuse("the request target is neither a path nor an absolute URI");
    const std::string_view scheme = target.substr(0, mark);
    if (iequals(scheme, "http")) {
        port = 80;
    } else if (iequals(scheme, "https")) {
        port = 443;
    } else {
        return refuse("the scheme of the request target is not http or https");
    }
    const std::string_view rest = target.substr(mark + 3);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    named = rest.substr(0, end);
    if (!valid_authority(named)) return refuse("the request target names no valid host");
    const std::string_view path = rest.substr(end);
    if (path.empty() && out.head.method == "OPTIONS") {
        out.head.target = "*";
    } else if (path.empty() || path.front() == '?') {
        out.head.target.assign("/").append(path);
    } else {
        out.head.target = path;
    }
    return std::nullopt;
}

outcome parse_request_line(std::string_view line, parsed_request& out, std::string_view& named, unsigned& port) {
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos) return refuse("the request line has no target");
    const std::size_t second = line.find(' ', first + 1);
    if (second == std::string_view::npos) return refuse("no HTTP version in the request line");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, second - first - 1);
    if (!is_token(method)) return refuse("the method is not a token");
    if (const outcome wrong = parse_version(line.substr(second + 1), out.head.version)) return wrong;
    if (target.empty() || !std::all_of(target.begin(), target.end(), is_target_char)) {
        return refuse("the request target holds a byte that no URI has");
    }
    out.head.method = method;
    if (method == "CONNECT") return refuse(501, "CONNECT is not offered");
    if (target.front() == '/') {
        out.head.target = target;
        return std::nullopt;
    }
    if (target == "*") {
        if (method != "OPTIONS") return refuse("the target * is for OPTIONS alone");
        out.head.target = target;
        return std::nullopt;
    }
    return parse_absolute_form(target, out, named, port);
}

// Digits alone, once: a list or a repetition is refused even where all its members agree (RFC 9112 6.3 allows it).
outcome parse_content_length(std::string_view value, const config::client_limits& limits, request_framing& framing) {
    static constexpr std::size_t max_digits = 18;  // fits std::uint64_t with room for sums
    if (framing.body == body_framing::length) return refuse("more than one Content-Length");
    if (framing.body == body_framing::chunked) return refuse("both Content-Length and Transfer-Encoding");
    const bool digits = std::all_of(value.begin(), value.end(), is_digit);
    if (value.empty() || !digits) return refuse("Content-Length is not a number");
    framing.body = body_framing::length;
    if (value.size() <= max_digits) {
        std::from_chars(value.data(), value.data() + value.size(), framing.length);
        if (framing.length <= limits.body) return std::nullopt;
    }
    return refusal{413, errc::body_too_large, "the body is larger than this server takes"};
}

outcome parse_transfer_encoding(std::string_view value, int version, request_framing& framing) {
    if (framing.body == body_framing::length) return refuse("both Content-Length and Transfer-Encoding");
    if (framing.body == body_framing::chunked) return refuse("more than one Transfer-Encoding");
    // RFC 9112 6.1: from HTTP/1.0 the framing is faulty whatever it says.
    if (version < 11) return refuse("Transfer-Encoding in HTTP/1.0");
    framing.body = body_framing::chunked;
    if (iequals(value, "chunked")) return std::nullopt;
    std::string_view last;
    for_each_member(value, [&](std::string_view member) { last = member; });
    if (!iequals(last, "chunked")) return refuse("the last transfer coding is not chunked");
    return refuse(501, "no transfer coding but chunked is understood");
}

void parse_connection(std::string_view value, bool& close, bool& keep_alive) {
    for_each_member(value, [&](std::string_view option) {
        if (iequals(option, "close")) close = true;
        if (iequals(option, "keep-alive")) keep_alive = true;
    });
}

std::string_view trim(std::string_view value) noexcept {
    const auto blank = [](char letter) { return letter == ' ' || letter == '\t'; };
    while (!value.empty() && blank(value.front()))
        value.remove_prefix(1);
    while (!value.empty() && blank(value.back()))
        value.remove_suffix(1);
    return value;
}

class field_reader {
public:
    field_reader(const config::client_limits& limits, parsed_request& out) : limits_(limits), out_(out) {}

    outcome read(std::string_view line) {
        if (line.front() == ' ' || line.front() == '\t') return refuse("a header line starts with white space");
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return refuse("a header line has no colon");
        const std::string_view name = line.substr(0, colon);
        if (!is_token(name)) return refuse("a header field's name is not a token");
        const std::string_view value = trim(line.substr(colon + 1));
        out_.head.fields.append(name, value);
        return interpret(name, value);
    }

    outcome finish(std::string_view named, unsigned default_port) {
        request_framing& framing = out_.framing;
        framing.keep_alive = !close_ && (out_.head.version >= 11 || keep_alive_);
        if (hosts_ == 0 && out_.head.version >= 11) return refuse("no Host");
        if (named.empty()) return std::nullopt;
        // Both must agree, although RFC 9112 3.2.2 lets the target win: what is behind may look at the other one.
        if (hosts_ != 0 && !same_authority(out_.authority, named, default_port)) {
            return refuse("Host and the request target name different hosts");
        }
        out_.authority = named;
        return std::nullopt;
    }

private:
    outcome interpret(std::string_view name, std::string_view value) {
        switch (name.size()) {
            case 4:
                return iequals(name, "host") ? read_host(value) : std::nullopt;
            case 6:
                return iequals(name, "expect") ? read_expect(value) : std::nullopt;
            case 10:
                if (iequals(name, "connection")) parse_connection(value, close_, keep_alive_);
                return std::nullopt;
            case 14:
                if (!iequals(name, "content-length")) return std::nullopt;
                return parse_content_length(value, limits_, out_.framing);
            case 17:
                if (!iequals(name, "transfer-encoding")) return std::nullopt;
                return parse_transfer_encoding(value, out_.head.version, out_.framing);
            default:
                return std::nullopt;
        }
    }

    outcome read_host(std::string_view value) {
        if (++hosts_ > 1) return refuse("more than one Host");
        if (!valid_authority(value)) return refuse("Host is not a host and port");
        out_.authority = value;
        return std::nullopt;
    }

    // RFC 9110 10.1.1: in HTTP/1.0 the expectation is ignored.
    outcome read_expect(std::string_view value) {
        if (!iequals(value, "100-continue")) return refuse(417, "the only expectation understood is 100-continue");
        out_.framing.expects_continue = out_.head.version >= 11;
        return std::nullopt;
    }

    const config::client_limits& limits_;
    parsed_request& out_;
    int hosts_ = 0;
    bool close_ = false;
    bool keep_alive_ = false;
};

}  // namespace

void parsed_request::clear() noexcept {
    head.method.clear();
    head.target.clear();
    head.version = 11;
    head.fields.clear();
    framing = {};
    authority.clear();
}

outcome parse_request_head(std::string_view head, const config::client_limits& limits, parsed_request& out) {
    out.clear();
    std::string_view named;
    unsigned default_port = 0;
    std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return refuse("the head has no line");
    if (const outcome wrong = parse_request_line(head.substr(0, end), out, named, default_port)) return wrong;

    field_reader fields(limits, out);
    // A refusal for size alone waits for the rest: a head that lies is told that first.
    outcome too_large;
    for (std::size_t start = end + 2;; start = end + 2) {
        end = head.find('\r', start);
        if (end == std::string_view::npos) return refuse("the head has no end");
        if (end == start) break;
        const outcome wrong = fields.read(head.substr(start, end - start));
        if (!wrong) continue;
        if (wrong->code != errc::body_too_large) return wrong;
        too_large = wrong;
    }
    if (const outcome wrong = fields.finish(named, default_port)) return wrong;
    // Nothing is to be awaited of a body that is empty (RFC 9110 10.1.1).
    if (out.framing.body == body_framing::none ||
        (out.framing.body == body_framing::length && out.framing.length == 0)) {
        out.framing.expects_continue = false;
    }
    return too_large;
}

}  // namespace nearside::proxy
