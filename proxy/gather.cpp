#include "proxy/gather.h"

#include <cassert>

namespace nearside::proxy {

void gather::add(std::string_view piece) noexcept {
    assert(leading_count_ < max_leading && slices_.empty());
    leading_[leading_count_++] = piece;
    left_ += piece.size();
}

void gather::add(std::span<const slice> slices) noexcept {
    assert(slices_.empty());
    slices_ = slices;
    for (const slice& each : slices)
        left_ += each.bytes.size();
}

std::string_view gather::piece(std::size_t index) const noexcept {
    return index < leading_count_ ? leading_[index] : slices_[index - leading_count_].bytes;
}

std::size_t gather::fill(std::span<iovec> vectors) const noexcept {
    std::size_t used = 0;
    std::size_t skip = offset_;
    for (std::size_t index = index_; index < pieces() && used < vectors.size(); ++index) {
        const std::string_view bytes = piece(index).substr(skip);
        skip = 0;
        // The system takes a pointer to mutable bytes for writes too, and only reads them.
        if (!bytes.empty()) vectors[used++] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    return used;
}

void gather::advance(std::size_t count) noexcept {
    assert(count <= left_);
    left_ -= count;
    while (count > 0) {
        const std::size_t here = piece(index_).size() - offset_;
        if (count < here) {
            offset_ += count;
            return;
        }
        count -= here;
        ++index_;
        offset_ = 0;
    }
}

}  // namespace nearside::proxy
