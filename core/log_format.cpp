#include "core/json_string.h"
#include "core/log.h"

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
    append_json_escaped(line, event);
    for (const log_field& field : fields) {
        line += ' ';
        append_json_escaped(line, field.name);
        line += '=';
        if (stands_bare(field.value)) {
            line += field.value;
        } else {
            append_json_string(line, field.value);
        }
    }
    return line;
}

std::string json_line(std::string_view time, log_level level, std::string_view event,
                      std::initializer_list<log_field> fields) {
    std::string line = "{\"time\":";
    append_json_string(line, time);
    line += ",\"level\":";
    append_json_string(line, level_name(level));
    line += ",\"event\":";
    append_json_string(line, event);
    for (const log_field& field : fields) {
        line += ',';
        append_json_string(line, field.name);
        line += ':';
        if (field.quoted) {
            append_json_string(line, field.value);
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
