#include "core/json_string.h"

#include "core/utf8.h"

namespace nearside {

namespace {

void append_escape(std::string& out, unsigned code) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u00";
    out += digits[(code >> 4U) & 0xFU];
    out += digits[code & 0xFU];
}

// C0, DEL and C1.
bool is_control(unsigned code) noexcept {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto code = static_cast<unsigned char>(text[at]);
        const std::size_t size = utf8_sequence(text, at);
        if (size == 0) {
            out += "\\ufffd";
            ++at;
            continue;
        }
        if (code == '"' || code == '\\') {
            out += '\\';
            out += text[at];
        } else if (code == '\n') {
            out += "\\n";
        } else if (code == '\r') {
            out += "\\r";
        } else if (code == '\t') {
            out += "\\t";
        } else if (is_control(code) && size == 1) {
            append_escape(out, code);
        } else if (code == 0xC2 && is_control(static_cast<unsigned char>(text[at + 1]))) {
            append_escape(out, static_cast<unsigned char>(text[at + 1]));
        } else {
            out.append(text.substr(at, size));
        }
        at += size;
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    append_json_escaped(out, text);
    out += '"';
}

std::string json_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_string(out, text);
    return out;
}

void append_json_list(std::string& out, const std::vector<std::string>& texts) {
    out += '[';
    for (std::size_t at = 0; at < texts.size(); ++at) {
        if (at > 0) out += ',';
        append_json_string(out, texts[at]);
    }
    out += ']';
}

}  // namespace nearside
