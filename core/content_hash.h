// A fast 64-bit hash of a document (XXH3), to tell whether it is the one that came the last time. No protection against
// somebody who makes two documents with one hash: entity tags and keys are made by cache/digest. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearside {

// Never 0, which stands for "not known".
std::uint64_t content_hash(std::string_view content) noexcept;

}  // namespace nearside
