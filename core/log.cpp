#include "core/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>

namespace nearside {

namespace {

// RFC 3339, UTC, milliseconds.
std::string timestamp(std::chrono::system_clock::time_point now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::milliseconds>(now - day));
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

}  // namespace

// The level is decided here, before a line is built; spdlog lets everything pass.
logger::logger(log_level level, log_format format)
    : sink_(std::make_shared<spdlog::logger>("nearside", std::make_shared<spdlog::sinks::stderr_sink_mt>())),
      level_(level),
      format_(format) {
    sink_->set_level(spdlog::level::trace);
    sink_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
}

logger::~logger() = default;

bool logger::enabled(log_level level) const noexcept {
    return level >= level_ && level != log_level::off;
}

void logger::write(log_level level, std::string_view event, std::initializer_list<log_field> fields) {
    if (!enabled(level)) return;
    const std::string line =
        format_log_line(format_, timestamp(std::chrono::system_clock::now()), level, event, fields);
    sink_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace nearside
