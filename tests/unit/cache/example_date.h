// The moment at which the tests about dates play: RFC 9110's example, Sun, 06 Nov 1994 08:49:37 GMT.
#pragma once

#include "core/clock.h"
#include "core/http_date.h"

#include <chrono>
#include <string>

namespace nearside::cache {

inline constexpr http_time example_now{std::chrono::seconds{784'111'777}};

// As a field says it.
inline std::string example_date(std::chrono::seconds from_now) {
    return format_http_date(example_now + from_now);
}

}  // namespace nearside::cache
