#include "proxy/head_scanner.h"

#include <array>

namespace nearside::proxy {

namespace {

// Bytes that may stand in a line as they are: all but controls, of which HTAB is the exception (RFC 9110 5.5).
constexpr std::array<bool, 256> plain_bytes = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = byte >= 0x20 && byte != 0x7F;
    table['\t'] = true;
    return table;
}();

}  // namespace

head_scanner::verdict head_scanner::refuse(int status, errc code, std::string_view detail) noexcept {
    why_ = {status, code, detail};
    return verdict::refused;
}

bool head_scanner::within_limits(std::size_t length, const config::client_limits& limits) noexcept {
    if (fields_start_ == 0) {
        if (length <= limits.request_line) return true;
        refuse(414, errc::uri_too_long, "the request line is too long");
        return false;
    }
    if (line_start_ + length - fields_start_ > limits.header_bytes) {
        refuse(431, errc::headers_too_large, "the header section has too many bytes");
        return false;
    }
    return true;
}

head_scanner::verdict head_scanner::scan(std::string_view bytes, const config::client_limits& limits) {
    for (;;) {
        while (at_ < bytes.size() && plain_bytes[static_cast<unsigned char>(bytes[at_])])
            ++at_;
        const std::size_t length = at_ - line_start_;
        if (!within_limits(length, limits)) return verdict::refused;
        if (at_ == bytes.size()) return verdict::incomplete;
        if (bytes[at_] == '\n') return refuse(400, errc::bad_request, "a line ends with LF alone");
        if (bytes[at_] != '\r') return refuse(400, errc::bad_request, "a control byte in the head");
        if (at_ + 1 == bytes.size()) return verdict::incomplete;
        if (bytes[at_ + 1] != '\n') return refuse(400, errc::bad_request, "CR without LF");
        at_ += 2;
        line_start_ = at_;

        if (fields_start_ == 0) {
            if (length != 0) {
                fields_start_ = at_;
            } else if (start_ == 0) {
                start_ = at_;
            } else {
                return refuse(400, errc::bad_request, "empty lines before the request line");
            }
        } else if (length == 0) {
            return verdict::complete;
        } else if (++fields_ > limits.header_count) {
            return refuse(431, errc::headers_too_large, "too many header fields");
        }
    }
}

}  // namespace nearside::proxy
