#include "core/content_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace nearside {

std::uint64_t content_hash(std::string_view content) noexcept {
    const std::uint64_t hash = XXH3_64bits(content.data(), content.size());
    return hash == 0 ? 1 : hash;
}

}  // namespace nearside
