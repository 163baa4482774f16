#include "proxy/chunked_decoder.h"

#include "core/ascii.h"
#include "core/percent_encoding.h"
#include "proxy/field_lines.h"

#include <algorithm>

namespace nearside::proxy {

namespace {

bool is_line_char(char letter) noexcept {
    const auto byte = static_cast<unsigned char>(letter);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

}  // namespace

// One byte that is not data; false when it may not stand there.
bool chunked_decoder::take(char letter) noexcept {
    static constexpr unsigned max_digits = 15;  // 2^60 bytes: cannot overflow
    switch (at_) {
        case place::size:
        case place::size_more:
            if (const int value = hex_digit(letter); value >= 0) {
                left_ = left_ * 16 + static_cast<std::uint64_t>(value);
                at_ = place::size_more;
                return ++digits_ <= max_digits;
            }
            if (at_ == place::size) return false;
            if (letter == '\r') {
                at_ = place::size_end;
                return true;
            }
            // RFC 9112 7.1.1 lets blanks stand before `;` for old senders; they are how request smuggling starts.
            at_ = place::extension;
            return letter == ';' && ++extension_bytes_ <= max_extension_bytes;
        case place::extension:
            if (letter == '\r') {
                at_ = place::size_end;
                return true;
            }
            return is_line_char(letter) && ++extension_bytes_ <= max_extension_bytes;
        case place::size_end:
            at_ = left_ == 0 ? place::trailer : place::data;
            digits_ = 0;
            return letter == '\n';
        case place::data:
            return false;
        case place::data_cr:
            at_ = place::data_lf;
            return letter == '\r';
        case place::data_lf:
            at_ = place::size;
            return letter == '\n';
        case place::trailer:
            if (letter == '\r') {
                at_ = place::last_lf;
                return true;
            }
            at_ = place::trailer_name;
            return is_token_byte(letter) && ++trailer_bytes_ <= max_trailer_bytes;
        case place::trailer_name:
            // A field line like those of the head (RFC 9112 5 and 7.1.2): no blank before the colon.
            if (letter == ':') at_ = place::trailer_value;
            return (letter == ':' || is_token_byte(letter)) && ++trailer_bytes_ <= max_trailer_bytes;
        case place::trailer_value:
            if (letter == '\r') {
                at_ = place::trailer_lf;
                return true;
            }
            return is_line_char(letter) && ++trailer_bytes_ <= max_trailer_bytes;
        case place::trailer_lf:
            at_ = place::trailer;
            return letter == '\n';
        case place::last_lf:
            done_ = letter == '\n';
            return done_;
    }
    return false;
}

chunked_decoder::step chunked_decoder::next(std::string_view wire) {
    step result;
    while (!done_ && result.consumed < wire.size()) {
        if (at_ == place::data) {
            const std::size_t count = std::min<std::uint64_t>(left_, wire.size() - result.consumed);
            result.data = wire.substr(result.consumed, count);
            result.consumed += count;
            left_ -= count;
            if (left_ == 0) at_ = place::data_cr;
            return result;
        }
        if (!take(wire[result.consumed])) {
            result.is = state::broken;
            return result;
        }
        ++result.consumed;
    }
    if (done_) result.is = state::done;
    return result;
}

}  // namespace nearside::proxy
