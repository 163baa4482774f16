#include "proxy/inbox.h"

#include <algorithm>
#include <cstring>

namespace nearside::proxy {

char* inbox::prepare(std::size_t least) {
    if (room() < least && begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (room() < least) bytes_.resize(std::max(end_ + least, bytes_.size() * 2));
    return bytes_.data() + end_;
}

void inbox::consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

}  // namespace nearside::proxy
