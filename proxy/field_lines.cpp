#include "proxy/field_lines.h"

#include "core/ascii.h"

#include <algorithm>

namespace nearside::proxy {

bool has_control_bytes(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), is_control);
}

const char* read_field_lines(std::string_view lines, std::size_t most_fields, header_fields& fields) {
    std::size_t count = 0;
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        if (end == std::string_view::npos) return "a field line without its end";
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        if (++count > most_fields) return "too many header fields";
        if (line.empty()) return "an empty line among the fields";
        if (is_blank(line.front())) return "a field line that continues the one before it (obs-fold)";
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return "a field line without a colon";
        const std::string_view name = line.substr(0, colon);
        if (!is_token(name)) return "an invalid field name";
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (has_control_bytes(value)) return "control bytes, a bare CR or a bare LF in a field";
        fields.append(name, value);
    }
    return nullptr;
}

}  // namespace nearside::proxy
