// Field lines as an upstream writes them, read strictly (RFC 9112 5): CRLF alone ends a line, no obs-fold, no blanks
// before the colon, no control bytes. Pure; any thread.
#pragma once

#include "core/http_message.h"

#include <cstddef>
#include <string_view>

namespace nearside::proxy {

// CTL, without the tab that a value may hold.
constexpr bool is_control(char letter) noexcept {
    return (static_cast<unsigned char>(letter) < 0x20 && letter != '\t') || letter == 0x7f;
}
bool has_control_bytes(std::string_view text) noexcept;

// `lines`: zero or more, each with its CRLF. Appends to `fields`; returns what is wrong, or null.
const char* read_field_lines(std::string_view lines, std::size_t most_fields, header_fields& fields);

}  // namespace nearside::proxy
