// Structured logs: one line an event, JSON or text, on standard error. A thin skin over spdlog, so that call sites name
// an event and its fields instead of building sentences.
// A logger is owned by main and outlives the server; any thread may log.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace nearside {

enum class log_level { debug, info, warning, error, off };
enum class log_format { text, json };

// One `name=value` of an event. Numbers and booleans are written bare in JSON.
struct log_field {
    log_field(std::string_view field_name, std::string_view text) : name(field_name), value(text), quoted(true) {}
    log_field(std::string_view field_name, const char* text) : log_field(field_name, std::string_view(text)) {}
    log_field(std::string_view field_name, const std::string& text) : log_field(field_name, std::string_view(text)) {}
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    log_field(std::string_view field_name, Number number)
        : name(field_name), value(std::to_string(number)), quoted(false) {}
    log_field(std::string_view field_name, bool truth)
        : name(field_name), value(truth ? "true" : "false"), quoted(false) {}

    std::string_view name;
    std::string value;
    bool quoted;
};

class logger {
public:
    // Writes to standard error.
    logger(log_level level, log_format format);
    ~logger();
    logger(const logger&) = delete;
    logger& operator=(const logger&) = delete;

    bool enabled(log_level level) const noexcept;
    // `event` is a short constant phrase ("upstream connected"); what varies goes into `fields`.
    void write(log_level level, std::string_view event, std::initializer_list<log_field> fields = {});

    void debug(std::string_view event, std::initializer_list<log_field> fields = {}) {
        write(log_level::debug, event, fields);
    }
    void info(std::string_view event, std::initializer_list<log_field> fields = {}) {
        write(log_level::info, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<log_field> fields = {}) {
        write(log_level::warning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<log_field> fields = {}) {
        write(log_level::error, event, fields);
    }

private:
    std::shared_ptr<spdlog::logger> sink_;
    log_level level_;
    log_format format_;
};

// The line that write() makes, without its newline and with `time` given; what tests look at.
std::string format_log_line(log_format format, std::string_view time, log_level level, std::string_view event,
                            std::initializer_list<log_field> fields);

}  // namespace nearside
