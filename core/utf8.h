// UTF-8 (RFC 3629): what is well formed and what isn't. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace nearside {

// Bytes of the well-formed sequence that starts at `at`, which must be inside `text`; 0 where there is none.
std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept;

// Where `text` stops being UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

}  // namespace nearside
