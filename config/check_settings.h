// What only shows when all sections are read: names that refer to each other, paths that collide, and the scope of
// views over upstreams that carry credentials. Pure; any thread.
#pragma once

#include "config/complain.h"
#include "config/settings.h"

namespace nearside::config {

void check_settings(const settings& all, complaint_list& out);

}  // namespace nearside::config
