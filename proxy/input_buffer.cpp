#include "proxy/input_buffer.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace nearside::proxy {

std::unique_ptr<char[]> block_pool::take() {
    if (free_.empty()) return std::make_unique_for_overwrite<char[]>(block_size);
    std::unique_ptr<char[]> block = std::move(free_.back());
    free_.pop_back();
    return block;
}

void block_pool::give_back(std::unique_ptr<char[]> block) {
    if (free_.size() < max_kept) free_.push_back(std::move(block));
}

input_buffer::~input_buffer() {
    begin_ = end_;
    release();
}

void input_buffer::consume(std::size_t count) noexcept {
    assert(count <= end_ - begin_);
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

std::span<char> input_buffer::room(std::size_t wanted) {
    if (bytes_ == nullptr && wanted <= block_pool::block_size) {
        bytes_ = pool_.take();
        capacity_ = block_pool::block_size;
    }
    const std::size_t held = end_ - begin_;
    if (held == capacity_ || capacity_ < wanted) {
        const std::size_t size = std::max(wanted, held * 2);
        std::unique_ptr<char[]> larger = std::make_unique_for_overwrite<char[]>(size);
        if (held > 0) std::memcpy(larger.get(), bytes_.get() + begin_, held);
        if (capacity_ == block_pool::block_size) pool_.give_back(std::move(bytes_));
        bytes_ = std::move(larger);
        capacity_ = size;
        begin_ = 0;
        end_ = held;
    } else if (begin_ > 0) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, held);
        begin_ = 0;
        end_ = held;
    }
    return {bytes_.get() + end_, capacity_ - end_};
}

void input_buffer::release() noexcept {
    assert(empty());
    if (bytes_ == nullptr) return;
    if (capacity_ == block_pool::block_size) {
        pool_.give_back(std::move(bytes_));
    }
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace nearside::proxy
