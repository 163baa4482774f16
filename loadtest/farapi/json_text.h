// Writes JSON by appending text: the upstream's documents are flat and their order of members is part of the story.
// Pure; any thread.
#pragma once

#include "loadtest/farapi/world.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearside::farapi {

// With quotes; control characters, quotes and backslashes escaped, UTF-8 as it is.
void append_json_string(std::string& out, std::string_view text);
void append_number(std::string& out, std::uint64_t number);
// "2026-01-01T00:00:00Z", with quotes.
void append_time(std::string& out, world_time time);
void append_optional_time(std::string& out, std::optional<world_time> time);

void append_user(std::string& out, const user& what);
void append_project(std::string& out, const project& what, std::uint64_t jobs);
void append_job(std::string& out, const job& what);
// With a list of so many files, some 120 bytes each.
void append_artifact(std::string& out, const artifact& what, std::uint64_t files, std::uint64_t seed);

// {"detail": "..."}: how DRF tells errors.
std::string detail_document(std::string_view detail);
// {"field": ["..."]}: how DRF tells what is wrong with an input.
std::string field_document(std::string_view field, std::string_view complaint);

}  // namespace nearside::farapi
