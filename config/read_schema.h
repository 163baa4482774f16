// `schema` of a view: what its responses look like, for /openapi.json. A file, written here, or `none`. One thread.
#pragma once

#include "config/reader.h"
#include "config/sections.h"

namespace nearside::config {

void read_schema(reader& view, view_settings& into, const section_context& context);

}  // namespace nearside::config
