// The JSON Schema (draft 2020-12) of the configuration file, for editors: the text of config/schema.json, built in.
// Static; any thread.
#pragma once

#include <string_view>

namespace nearside::config {

std::string_view configuration_schema() noexcept;

}  // namespace nearside::config
