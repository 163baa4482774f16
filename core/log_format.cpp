#include "core/log.h"
#include "core/utf8.h"

#include <algorithm>

namespace nearside {

namespace {

std::string_view level_name(log_level level) noexcept {
    switch (level) {
        case log_level::debug:
            return "debug";
        case log_level::info:
            return "info";
        case log_level::warning:
            return "warning";
        case log_level::error:
            return "error";
        case log_level::off:
            return "off";
    }
    return "off";
}

void append_escape(std::string& out, unsigned code) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u00";
    out += digits[(code >> 4U) & 0xFU];
    out += digits[code & 0xFU];
}

// C0 and C1: a terminal would obey them.
bool is_control(unsigned code) noexcept {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

// Without the quotes. The escapes are JSON's (RFC 8259 7), in text lines as well; bytes that are not UTF-8 become
// U+FFFD.
void append_escaped(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto code = static_cast<unsigned char>(text[at]);
        const std::size_t size = utf8_sequence(text, at);
        if (size == 0) {
            out += "\xEF\xBF\xBD";
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

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
    out += '"';
}

bool stands_bare(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return letter > ' ' && letter < 0x7F && letter != '"' && letter != '\\' && letter != '=';
    });
}

std::string text_line(std::string_view time, log_level level, std::string_view event,
                      std::initializer_list<log_field> fields) {
    std::string line(time);
    line += ' ';
    line += level_name(level);
    line += ' ';
    append_escaped(line, event);
    for (const log_field& field : fields) {
        line += ' ';
        append_escaped(line, field.name);
        line += '=';
        if (stands_bare(field.value)) {
            line += field.value;
        } else {
            append_quoted(line, field.value);
        }
    }
    return line;
}

std::string json_line(std::string_view time, log_level level, std::string_view event,
                      std::initializer_list<log_field> fields) {
    std::string line = "{\"time\":";
    append_quoted(line, time);
    line += ",\"level\":";
    append_quoted(line, level_name(level));
    line += ",\"event\":";
    append_quoted(line, event);
    for (const log_field& field : fields) {
        line += ',';
        append_quoted(line, field.name);
        line += ':';
        if (field.quoted) {
            append_quoted(line, field.value);
        } else {
            line += field.value;
        }
    }
    line += '}';
    return line;
}

}  // namespace

std::string format_log_line(log_format format, std::string_view time, log_level level, std::string_view event,
                            std::initializer_list<log_field> fields) {
    return format == log_format::json ? json_line(time, level, event, fields) : text_line(time, level, event, fields);
}

}  // namespace nearside
