// The answers of the admin listener as the command line prints them for people. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace nearside::proxy {

// Of `{"entries": [..]}`.
std::string tell_entries(std::string_view json);
// Of one entry: a line for each thing that is known of it.
std::string tell_entry(std::string_view json);
// Of POST /invalidate.
std::string tell_invalidation(std::string_view json);
// Of POST /reload.
std::string tell_reload(std::string_view json);
// Of a problem document (RFC 9457), or whatever else was answered with a status that is an error.
std::string tell_problem(int status, std::string_view content);

}  // namespace nearside::proxy
