// What people, projects and jobs are called. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace nearside::farapi {

std::string username_of(std::uint64_t index);
std::string full_name_of(std::uint64_t index);
std::string project_name_of(std::uint64_t seed, std::uint64_t index);
std::string job_name_of(std::uint64_t seed, std::uint64_t id);

}  // namespace nearside::farapi
