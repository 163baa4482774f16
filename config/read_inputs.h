// What a view takes from a request beside its path: `query`, `headers`, `claims`. Used by read_view.cpp; one thread.
#pragma once

#include "config/reader.h"
#include "config/sections.h"

#include <string>
#include <vector>

namespace nearside::config {

// `path_names`: taken already.
void read_inputs(reader& view, view_settings& into, const std::vector<std::string>& path_names,
                 const section_context& context);

}  // namespace nearside::config
