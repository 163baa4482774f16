#include "core/log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <regex>
#include <string>

namespace nearside {
namespace {

constexpr const char* noon = "2026-01-02T12:00:00.678Z";

std::string text(std::string_view event, std::initializer_list<log_field> fields) {
    return format_log_line(log_format::text, noon, log_level::info, event, fields);
}

std::string json(std::string_view event, std::initializer_list<log_field> fields) {
    return format_log_line(log_format::json, noon, log_level::warning, event, fields);
}

TEST(log_text, reads_as_time_level_event_and_fields) {
    EXPECT_EQ(text("upstream connected", {{"upstream", "api"}, {"took_ms", 261}, {"reused", false}}),
              "2026-01-02T12:00:00.678Z info upstream connected upstream=api took_ms=261 reused=false");
}

TEST(log_text, quotes_what_would_run_into_its_neighbours) {
    EXPECT_EQ(text("e", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "say \"hi\""}, {"e", "back\\slash"}}),
              R"(2026-01-02T12:00:00.678Z info e a="two words" b="" c="x=y" d="say \"hi\"" e="back\\slash")");
}

TEST(log_text, cannot_be_made_to_forge_a_line_or_command_a_terminal) {
    EXPECT_EQ(
        text("e", {{"path", "/a\n2026 error fake"}, {"agent", "\x1b[2J\x7f\xc2\x9b"}, {"nul", std::string(1, '\0')}}),
        R"(2026-01-02T12:00:00.678Z info e path="/a\n2026 error fake" agent="\u001b[2J\u007f\u009b" nul="\u0000")");
}

TEST(log_text, keeps_utf8_and_replaces_what_is_not) {
    EXPECT_EQ(text("e", {{"ok", "\xED\x95\x9C"}, {"bad", "a\xFFz"}, {"cut", "\xED\x95"}}),
              "2026-01-02T12:00:00.678Z info e ok=\"\xED\x95\x9C\" bad=\"a\\ufffdz\" "
              "cut=\"\\ufffd\\ufffd\"");
}

TEST(log_json, is_one_object_with_bare_numbers_and_booleans) {
    EXPECT_EQ(json("refresh failed", {{"view", "board"},
                                      {"status", 502},
                                      {"bytes", std::uint64_t{18446744073709551615ULL}},
                                      {"offset", std::int64_t{-5}},
                                      {"small", std::uint16_t{7}},
                                      {"again", true}}),
              R"({"time":"2026-01-02T12:00:00.678Z","level":"warning","event":"refresh failed","view":"board",)"
              R"("status":502,"bytes":18446744073709551615,"offset":-5,"small":7,"again":true})");
}

TEST(log_json, escapes_names_and_values) {
    EXPECT_EQ(json("a\"b", {{"na\"me", "tab\there \\ \r\n\x01 \xFF"}}),
              "{\"time\":\"2026-01-02T12:00:00.678Z\",\"level\":\"warning\",\"event\":\"a\\\"b\","
              "\"na\\\"me\":\"tab\\there \\\\ \\r\\n\\u0001 \\ufffd\"}");
}

TEST(logger, writes_lines_of_its_level_and_above_to_standard_error) {
    ::testing::internal::CaptureStderr();
    {
        logger log(log_level::warning, log_format::text);
        EXPECT_FALSE(log.enabled(log_level::info));
        EXPECT_TRUE(log.enabled(log_level::error));
        log.info("not this", {});
        log.warning("but {} this", {{"percent", "%v{}"}});
        log.error("and this");
    }
    const std::string out = ::testing::internal::GetCapturedStderr();
    const std::string time = R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)";
    EXPECT_TRUE(std::regex_match(
        out, std::regex(time + R"( warning but \{\} this percent=%v\{\}\n)" + time + " error and this\n")))
        << out;
}

TEST(logger, that_is_off_writes_nothing) {
    ::testing::internal::CaptureStderr();
    {
        logger log(log_level::off, log_format::json);
        log.error("not even this");
        EXPECT_FALSE(log.enabled(log_level::off));
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace nearside
