// UTF-8 (RFC 3629). Pure; any thread.
#pragma once

#include <string_view>

namespace nearside {

// No overlong forms, no surrogates, nothing beyond U+10FFFF. For texts of header size; documents are checked by the JSON
// reader.
bool is_utf8(std::string_view text) noexcept;

}  // namespace nearside
