// Values for the tests of what is written into URLs and conditions.
#pragma once

#include "aggregators/url_template.h"

#include <string>
#include <string_view>

namespace nearside::aggregators {

inline url_value text_value(std::string_view value) {
    return {url_value::kind::text, std::string(value)};
}

}  // namespace nearside::aggregators
