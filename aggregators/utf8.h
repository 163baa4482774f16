// Whether bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates), at tens of GB a second. Pure; any thread.
#pragma once

#include <string_view>

namespace nearside::aggregators {

bool is_utf8(std::string_view bytes) noexcept;

}  // namespace nearside::aggregators
