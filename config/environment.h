// `${NAME}` and `${NAME:-default}` in the values of a configuration. Filled in after the YAML is parsed, so that no
// variable can change the shape of the file; keys are never touched. Pure but for process_environment(); any thread.
#pragma once

#include "config/complain.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::config {

// Looks a variable up; tests pass their own.
using environment = std::function<std::optional<std::string>(std::string_view name)>;

// The process's own.
environment process_environment();

// Every scalar below `root`. `$$` is one dollar; a `{name}` without `$`, and a `$` without `{`, stay as they are. As in
// the shell, `:-` also stands in for a variable that is set and empty.
void fill_environment(node& root, const environment& env, complaint_list& out);

}  // namespace nearside::config
