#include "config/reader.h"
#include "config/sections.h"

#include <array>

namespace nearside::config {

void read_log(const member& section, log_settings& into, const section_context& context) {
    if (!expect_mapping(section.value, "`log`", context.out)) return;
    reader keys(section.value, section.key.at, "`log`", context.out);
    constexpr std::array levels = {log_level::debug, log_level::info, log_level::warning, log_level::error,
                                   log_level::off};
    if (const auto level = keys.read_choice("level", {"debug", "info", "warning", "error", "off"})) {
        into.level = levels.at(*level);
    }
    if (const auto format = keys.read_choice("format", {"text", "json"})) {
        into.format = *format == 0 ? log_format::text : log_format::json;
    }
    keys.read("requests", into.requests);
    keys.finish();
}

void read_cache(const member& section, cache_settings& into, const section_context& context) {
    if (!expect_mapping(section.value, "`cache`", context.out)) return;
    constexpr byte_count least_memory = 1024 * 1024;
    reader keys(section.value, section.key.at, "`cache`", context.out);
    const bool memory_read = keys.read_size("memory", into.memory, least_memory);
    const bool entry_read = keys.read_size("max_entry", into.max_entry);
    keys.read_size("recipes", into.recipes, 0);
    keys.read_number("refresh_ahead", into.refresh_ahead, 1, 10'000);
    keys.read("refresh_retry", into.refresh_retry);
    keys.read("stale_if_unreachable", into.stale_if_unreachable, milliseconds{0});
    if (const node* const redis = keys.take("redis")) into.redis = read_redis(*redis, context);
    if (into.max_entry > into.memory) {
        if (entry_read || keys.given("max_entry")) {
            keys.complain(keys.place_of("max_entry"), "`max_entry` is larger than `memory`",
                          "make it smaller, or `memory` larger");
        } else if (memory_read) {
            // Only `memory` is given: the default of `max_entry` gives way.
            into.max_entry = into.memory;
        }
    }
    keys.finish();
}

void read_limits(const member& section, plan_limits& into, const section_context& context) {
    if (!expect_mapping(section.value, "`limits`", context.out)) return;
    constexpr std::uint32_t most_depth = 4096;
    constexpr std::uint32_t most_calls = 1'000'000;
    reader keys(section.value, section.key.at, "`limits`", context.out);
    keys.read_number("json_depth", into.json_depth, 1, most_depth);
    keys.read_number("fan_out", into.fan_out, 1, most_calls);
    keys.read_number("parallel", into.parallel, 1, most_calls);
    keys.read_number("calls", into.calls, 1, most_calls);
    keys.read_size("view_bytes", into.view_bytes);
    keys.read_size("run_bytes", into.run_bytes);
    keys.read("view_time", into.view_time);
    keys.finish();
}

}  // namespace nearside::config
