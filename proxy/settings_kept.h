// Which settings a running process keeps whatever the file says: those that threads, sockets and stores were made
// with. Pure; any thread.
#pragma once

#include "config/settings.h"

#include <string>
#include <vector>

namespace nearside::proxy {

// Puts back into `wanted` what `running` has and can't change, and tells the keys where they differ.
std::vector<std::string> keep_settings(const config::settings& running, config::settings& wanted);

}  // namespace nearside::proxy
