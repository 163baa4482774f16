#include "proxy/inbox.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nearside::proxy {

void inbox::move_to(std::size_t capacity) {
    auto moved = std::make_unique_for_overwrite<char[]>(capacity);  // NOLINT(*-avoid-c-arrays)
    if (!empty()) std::memcpy(moved.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    bytes_ = std::move(moved);
    capacity_ = capacity;
}

char* inbox::prepare(std::size_t least) {
    if (room() < least) {
        const std::size_t held = end_ - begin_;
        if (capacity_ - held >= least) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, held);
            begin_ = 0;
            end_ = held;
        } else {
            move_to(std::max(held + least, capacity_ * 2));
        }
    }
    return bytes_.get() + end_;
}

void inbox::shrink() noexcept {
    if (!empty()) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

void inbox::consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

}  // namespace nearside::proxy
