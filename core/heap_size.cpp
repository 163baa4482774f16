#include "core/heap_size.h"

#include <algorithm>

namespace nearside {

std::size_t heap_bytes(std::size_t requested) noexcept {
    // glibc: a word before each block, blocks of whole 16 bytes, none below 32.
    constexpr std::size_t header = sizeof(std::size_t), step = 16, least = 32;
    return std::max(least, (requested + header + step - 1) / step * step);
}

std::size_t heap_bytes_of(const std::string& text) noexcept {
    static const std::size_t inside = std::string().capacity();
    return text.capacity() <= inside ? 0 : heap_bytes(text.capacity() + 1);
}

}  // namespace nearside
