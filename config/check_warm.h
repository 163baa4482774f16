// Whether what `warm` of a view says is what a visit could: names, values, and whose data it would be. Pure; one
// thread.
#pragma once

#include "config/complain.h"
#include "config/settings.h"

namespace nearside::config {

void check_warm(const view_settings& view, const settings& all, complaint_list& out);

}  // namespace nearside::config
