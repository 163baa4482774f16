#include "loadtest/farapi/json_text.h"

#include "loadtest/farapi/mix.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

namespace nearside::farapi {

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    for (char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

void append_time(std::string& out, world_time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    fmt::format_to(std::back_inserter(out), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z\"", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                   clock.minutes().count(), clock.seconds().count());
}

void append_optional_time(std::string& out, std::optional<world_time> time) {
    if (time) {
        append_time(out, *time);
    } else {
        out += "null";
    }
}

void append_user(std::string& out, const user& what) {
    out += R"({"id":)";
    append_number(out, what.id);
    out += R"(,"username":)";
    append_json_string(out, what.username);
    out += R"(,"full_name":)";
    append_json_string(out, what.full_name);
    out += R"(,"email":)";
    append_json_string(out, what.username + "@example.nl");
    out += R"(,"date_joined":)";
    append_time(out, what.joined);
    out += "}";
}

void append_project(std::string& out, const project& what, std::uint64_t jobs) {
    out += R"({"id":)";
    append_number(out, what.id);
    out += R"(,"name":)";
    append_json_string(out, what.name);
    out += R"(,"owner_id":)";
    append_number(out, what.owner_id);
    out += R"(,"member_ids":[)";
    append_number(out, what.owner_id);
    if (what.member_id != what.owner_id) {
        out += ",";
        append_number(out, what.member_id);
    }
    out += R"(],"job_count":)";
    append_number(out, jobs);
    out += R"(,"created_at":)";
    append_time(out, what.created);
    out += "}";
}

void append_job(std::string& out, const job& what) {
    out += R"({"id":)";
    append_number(out, what.id);
    out += R"(,"project_id":)";
    append_number(out, what.project_id);
    out += R"(,"name":)";
    append_json_string(out, what.name);
    out += R"(,"status":)";
    append_json_string(out, to_string(what.status));
    out += fmt::format(R"(,"progress":{}.{:02})", what.progress_percent / 100, what.progress_percent % 100);
    out += R"(,"created_at":)";
    append_time(out, what.created);
    out += R"(,"started_at":)";
    append_optional_time(out, what.started);
    out += R"(,"finished_at":)";
    append_optional_time(out, what.finished);
    out += "}";
}

void append_artifact(std::string& out, const artifact& what, std::uint64_t files, std::uint64_t seed) {
    out += R"({"id":)";
    append_number(out, what.id);
    out += R"(,"name":)";
    append_json_string(out, what.name);
    out += R"(,"derived_from":)";
    if (what.derived_from) {
        append_number(out, *what.derived_from);
    } else {
        out += "null";
    }
    out += R"(,"files":[)";
    for (std::uint64_t at = 0; at < files; ++at) {
        const std::uint64_t digest = mix(seed, what.id, at);
        out += fmt::format(R"({}{{"path":"shards/part-{:05}.parquet","bytes":{},"checksum":"{:016x}{:016x}"}})",
                           at == 0 ? "" : ",", at, 1'000'000 + digest % 9'000'000, digest, mix(digest));
    }
    out += "]}";
}

std::string detail_document(std::string_view detail) {
    std::string out = R"({"detail":)";
    append_json_string(out, detail);
    return out + "}";
}

std::string field_document(std::string_view field, std::string_view complaint) {
    std::string out = "{";
    append_json_string(out, field);
    out += ":[";
    append_json_string(out, complaint);
    return out + "]}";
}

}  // namespace nearside::farapi
