// The value of a view's input as its declaration takes it. Pure; any thread.
#pragma once

#include "config/reading.h"
#include "config/settings.h"

#include <string>
#include <string_view>

namespace nearside::config {

std::string_view to_string(view_settings::input_type type) noexcept;

// The value in the one form that reaches plan and key (`007` is 7 to an integer); or what it should be: "must be a
// whole number from 1 to 1000".
reading<std::string> read_input(const view_settings::query_parameter& input, std::string_view text);

// Whether a header can hold it: no control characters but the tab (RFC 9110 5.5).
bool is_field_value(std::string_view text) noexcept;

}  // namespace nearside::config
