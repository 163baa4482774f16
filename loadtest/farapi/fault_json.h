// Faults written as JSON, the form in which tests send them. Pure; any thread.
#pragma once

#include "core/error.h"
#include "loadtest/farapi/faults.h"

#include <string>
#include <string_view>
#include <vector>

namespace nearside::farapi {

// One fault or a list of them. An unknown member, kind or type is refused with what would be right.
result<std::vector<fault>> parse_faults(std::string_view json);
std::string faults_document(const std::vector<fault>& faults);

}  // namespace nearside::farapi
