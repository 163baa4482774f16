#include "cache/entry.h"

namespace nearside::cache {

std::size_t entry::memory() const noexcept {
    // Two words of control block, and what the store's index adds an entry (see memory_store.cpp).
    constexpr std::size_t bookkeeping = 160;
    return sizeof(entry) + bookkeeping + key.capacity() + etag.capacity() + head.memory() + not_modified.memory() +
           content.slices().capacity() * sizeof(slice) + content.size();
}

}  // namespace nearside::cache
