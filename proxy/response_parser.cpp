#include "proxy/response_parser.h"

#include "core/ascii.h"
#include "core/percent_encoding.h"
#include "proxy/field_lines.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace nearside::proxy {

namespace {

error malformed(std::string_view what) {
    return {errc::malformed_response, std::string(what)};
}

// RFC 9112 4. The space before an empty reason is often left out; nothing can be misread by that.
result<void> read_status_line(std::string_view line, response_head& head) {
    constexpr std::string_view protocol = "HTTP/1.";
    if (!line.starts_with(protocol) || line.size() < 12) return malformed("not an HTTP/1.1 status line");
    const char minor = line[7];
    if (minor != '0' && minor != '1') return malformed("an HTTP version other than 1.0 and 1.1");
    if (line[8] != ' ' || !std::all_of(line.begin() + 9, line.begin() + 12, is_digit) || line[9] == '0' ||
        (line.size() > 12 && line[12] != ' ')) {
        return malformed("not an HTTP/1.1 status line");
    }
    head.version = minor == '1' ? 11 : 10;
    head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    return {};
}

// All Content-Length fields as one number; RFC 9110 8.6 allows the same one repeated.
result<std::optional<std::uint64_t>> read_content_length(const header_fields& fields) {
    constexpr std::size_t most_digits = 18;
    std::optional<std::uint64_t> length;
    bool valid = true;
    for (const header_fields::field& each : fields) {
        if (!iequals(each.name, "content-length")) continue;
        std::string_view rest = each.value;
        while (valid) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            const std::string_view digits = trimmed(rest.substr(0, comma));
            std::uint64_t value = 0;
            for (const char digit : digits)
                value = value * 10 + static_cast<std::uint64_t>(digit - '0');
            valid = !digits.empty() && digits.size() <= most_digits &&
                    std::all_of(digits.begin(), digits.end(), is_digit) && (!length || *length == value);
            length = value;
            if (comma == rest.size()) break;
            rest.remove_prefix(comma + 1);
        }
    }
    if (!valid) return malformed("Content-Length is not one number");
    return length;
}

bool wants_connection_kept(const response_head& head) {
    bool close = false;
    bool keep = false;
    for (const header_fields::field& each : head.fields) {
        if (!iequals(each.name, "connection")) continue;
        for_each_member(each.value, [&](std::string_view option) {
            close = close || iequals(option, "close");
            keep = keep || iequals(option, "keep-alive");
        });
    }
    return !close && (head.version >= 11 || keep);
}

// What must not come after the body: framing, and what a cache or client has decided by already (RFC 9110 6.5.1).
bool may_be_trailer(std::string_view name) {
    static constexpr std::array<std::string_view, 10> never = {
        "content-length", "transfer-encoding", "connection", "host",       "content-encoding",
        "content-type",   "cache-control",     "set-cookie", "keep-alive", "trailer"};
    return std::none_of(never.begin(), never.end(), [&](std::string_view each) { return iequals(each, name); });
}

}  // namespace

result<response_parser::step> response_parser::next(std::string_view input) {
    std::size_t used = 0;  // chunk framing before what is told
    for (;;) {
        const std::string_view rest = input.substr(used);
        result<step> told = step{};
        switch (state_) {
            case state::head:
                told = read_head(rest);
                break;
            case state::trailers:
                told = read_trailers(rest);
                break;
            case state::done:
                told = step{event::end, 0, {}};
                break;
            case state::body:
            case state::chunk_data:
                told = read_data(rest);
                break;
            default: {
                const result<std::size_t> framing_bytes = read_chunk_framing(rest);
                if (!framing_bytes) return framing_bytes.error();
                used += *framing_bytes;
                if (used == input.size()) return step{event::more, used, {}};
                continue;
            }
        }
        if (told) told->consumed += used;
        return told;
    }
}

result<void> response_parser::end_of_stream() {
    if (state_ == state::done) return {};
    if (state_ == state::body && framing_ == framing::until_close) {
        state_ = state::done;
        return {};
    }
    return error{errc::closed_early, "the upstream closed the connection before its response was complete"};
}

result<std::size_t> response_parser::section_size(std::string_view input) {
    const std::string_view within = input.substr(0, most_head_bytes);
    for (std::size_t at = within.find('\n', scanned_); at != std::string_view::npos; at = within.find('\n', at + 1)) {
        // At once: what ends its lines so never sends the end that is waited for.
        if (at == 0 || within[at - 1] != '\r') return malformed("a bare LF in the header section");
        if (!within.substr(0, at + 1).ends_with("\r\n\r\n")) continue;
        scanned_ = 0;
        return at + 1;
    }
    if (input.size() >= most_head_bytes) return malformed("header section over 64 KiB");
    scanned_ = input.size();
    return std::size_t{0};
}

result<response_parser::step> response_parser::read_head(std::string_view input) {
    // Garbage is told at once, not after 64 KiB or a timeout.
    constexpr std::string_view protocol = "HTTP/1.";
    const std::size_t shown = std::min(input.size(), protocol.size());
    if (input.substr(0, shown) != protocol.substr(0, shown)) return malformed("not an HTTP/1.1 status line");

    const result<std::size_t> size = section_size(input);
    if (!size) return size.error();
    if (*size == 0) return step{};

    const std::string_view section = input.substr(0, *size - 2);  // without the empty line
    const std::size_t line_end = section.find("\r\n");
    head_ = {};
    const std::string_view status_line = section.substr(0, line_end);
    if (has_control_bytes(status_line)) return malformed("control bytes in the status line");
    if (const result<void> read = read_status_line(status_line, head_); !read) return read.error();
    if (const char* wrong = read_field_lines(section.substr(line_end + 2), most_fields, head_.fields)) {
        return malformed(wrong);
    }
    if (head_.status == 101) return malformed("101 without having been asked to switch protocols");
    if (head_.status < 200) {
        if (++interim_ > most_interim) return malformed("too many interim responses");
        return step{event::interim, *size, {}};
    }
    if (const result<void> decided = decide_framing(); !decided) return decided.error();
    return step{event::head, *size, {}};
}

// RFC 9112 6.3, in its order.
result<void> response_parser::decide_framing() {
    const result<std::optional<std::uint64_t>> length = read_content_length(head_.fields);
    const bool coded = head_.fields.contains("transfer-encoding");
    keep_ = wants_connection_kept(head_);
    if (to_head_ || head_.status == 204 || head_.status == 304) {
        // What a length says here is about another response.
        if (length) content_length_ = *length;
        state_ = state::done;
        return {};
    }
    if (!length) return length.error();
    if (coded) {
        if (*length) return malformed("both Transfer-Encoding and Content-Length");
        if (head_.version < 11) return malformed("Transfer-Encoding in an HTTP/1.0 response");
        if (!iequals(head_.fields.combined("transfer-encoding"), "chunked")) {
            return malformed("a transfer coding other than chunked");
        }
        framing_ = framing::chunked;
        state_ = state::chunk_size;
        return {};
    }
    if (*length) {
        content_length_ = *length;
        remaining_ = **length;
        framing_ = framing::length;
        state_ = remaining_ == 0 ? state::done : state::body;
        return {};
    }
    framing_ = framing::until_close;
    remaining_ = std::numeric_limits<std::uint64_t>::max();
    keep_ = false;
    state_ = state::body;
    return {};
}

result<response_parser::step> response_parser::read_data(std::string_view input) {
    if (input.empty()) return step{};
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
    passed(count);
    return step{event::body, count, input.substr(0, count)};
}

std::uint64_t response_parser::contiguous() const noexcept {
    return state_ == state::body || state_ == state::chunk_data ? remaining_ : 0;
}

void response_parser::passed(std::uint64_t count) noexcept {
    if (framing_ == framing::until_close) return;
    remaining_ -= count;
    if (remaining_ > 0) return;
    state_ = framing_ == framing::length ? state::done : state::chunk_cr;
}

// RFC 9112 7.1, byte by byte: a size line, and what ends a chunk. Stops where data or trailers begin.
result<std::size_t> response_parser::read_chunk_framing(std::string_view input) {
    constexpr std::size_t most_digits = 15;
    std::size_t at = 0;
    for (; at < input.size() && state_ != state::chunk_data && state_ != state::trailers; ++at) {
        const char letter = input[at];
        switch (state_) {
            case state::chunk_cr:
                if (letter != '\r') return malformed("a chunk is longer than its size");
                state_ = state::chunk_lf;
                break;
            case state::chunk_lf:
                if (letter != '\n') return malformed("a chunk does not end with CRLF");
                state_ = state::chunk_size;
                break;
            case state::chunk_size:
                if (const int digit = hex_digit(letter); digit >= 0) {
                    if (++digits_ > most_digits) return malformed("chunk size out of range");
                    remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
                    break;
                }
                if (digits_ == 0) return malformed("chunk size is not a hexadecimal number");
                state_ = state::chunk_extension;
                [[fallthrough]];
            case state::chunk_extension:
                if (letter == '\r') {
                    state_ = state::chunk_size_lf;
                    break;
                }
                if (++extension_ > most_extension_bytes) return malformed("chunk extension too long");
                // An extension starts with `;`, perhaps after blanks; what it says is nobody's business here.
                if (letter == ';') extension_named_ = true;
                if (is_blank(letter)) break;
                if (!extension_named_) return malformed("chunk size is not a hexadecimal number");
                if (is_control(letter)) return malformed("control bytes in a chunk extension");
                break;
            case state::chunk_size_lf:
                if (letter != '\n') return malformed("a chunk's size line does not end with CRLF");
                state_ = remaining_ == 0 ? state::trailers : state::chunk_data;
                digits_ = extension_ = 0;
                extension_named_ = false;
                break;
            default:
                return malformed("unexpected state");
        }
    }
    return at;
}

result<response_parser::step> response_parser::read_trailers(std::string_view input) {
    if (input.starts_with("\r\n")) {
        state_ = state::done;
        return step{event::end, 2, {}};
    }
    if (input.empty() || input == "\r") return step{};
    const result<std::size_t> size = section_size(input);
    if (!size) return size.error();
    if (*size == 0) return step{};
    header_fields read;
    if (const char* wrong = read_field_lines(input.substr(0, *size - 2), most_fields, read)) return malformed(wrong);
    for (const header_fields::field& each : read) {
        if (may_be_trailer(each.name)) trailers_.append(each.name, each.value);
    }
    state_ = state::done;
    return step{event::end, *size, {}};
}

}  // namespace nearside::proxy
