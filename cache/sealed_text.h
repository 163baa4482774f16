// A small text as it is kept outside of this process (recipes, learned schemas): what it is, whose it is, and a
// checksum go with it, so that what comes back is the text that was kept or a miss with a name. Pure; any thread.
#pragma once

#include "cache/tier_miss.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearside::cache {

constexpr std::uint16_t sealed_text_version = 1;

// `kind` with the version of the text's own format: another one's text is a miss.
std::string sealed(std::string_view kind, std::string_view key, std::string_view text);

tier_result<std::string> unsealed(std::string_view bytes, std::string_view kind, std::string_view key);

}  // namespace nearside::cache
