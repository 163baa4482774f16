// Header sections written down in one line.
#pragma once

#include "core/http_message.h"

#include <initializer_list>

namespace nearside::testing {

inline header_fields fields(std::initializer_list<header_fields::field> given) {
    header_fields made;
    for (const auto& [name, value] : given)
        made.append(name, value);
    return made;
}

}  // namespace nearside::testing
