#include "core/body.h"

#include "core/heap.h"
#include "core/heap_size.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace nearside {

buffer buffer::copy_of(std::string_view bytes) {
    buffer_writer writer(bytes.size());
    writer.append(bytes);
    return writer.finish();
}

buffer_writer::buffer_writer(std::size_t expected) {
    if (expected > 0) grow(expected);
}

void buffer_writer::append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
}

char* buffer_writer::prepare(std::size_t count) {
    if (capacity_ - size_ < count) grow(std::max(size_ + count, capacity_ + capacity_ / 2));
    return bytes_.get() + size_;
}

buffer buffer_writer::finish() {
    if (!bytes_ || capacity_ - size_ > size_ / 8 + buffer::padding) {
        auto exact = std::make_shared_for_overwrite<char[]>(size_ + buffer::padding);
        if (size_ > 0) std::memcpy(exact.get(), bytes_.get(), size_);
        bytes_ = std::move(exact);
    }
    std::memset(bytes_.get() + size_, 0, buffer::padding);
    buffer done;
    done.bytes_ = std::move(bytes_);
    done.size_ = std::exchange(size_, 0);
    capacity_ = 0;
    return done;
}

void buffer_writer::grow(std::size_t wanted) {
    auto larger = std::make_shared_for_overwrite<char[]>(wanted + buffer::padding);
    prefer_large_pages(larger.get(), wanted);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = wanted;
}

body::body(buffer whole) : size_(whole.size()), held_(whole.size() > 0 ? buffer::padding : 0) {
    if (size_ > 0) slices_.push_back({whole.owner(), whole.view()});
}

body::body(std::string text) : size_(text.size()) {
    if (size_ == 0) return;
    auto owner = std::make_shared<const std::string>(std::move(text));
    const std::string_view bytes = *owner;
    slices_.push_back({std::move(owner), bytes});
}

body::body(std::vector<slice> slices, std::size_t held) : held_(held) {
    std::erase_if(slices, [](const slice& part) { return part.bytes.empty(); });
    slices_.assign(std::make_move_iterator(slices.begin()), std::make_move_iterator(slices.end()));
    for (const slice& part : slices_)
        size_ += part.bytes.size();
}

std::string body::to_string() const {
    std::string whole;
    whole.reserve(size_);
    for (const slice& part : slices_)
        whole.append(part.bytes);
    return whole;
}

std::size_t body::memory() const noexcept {
    // What make_shared puts before an array.
    constexpr std::size_t control_block = 3 * sizeof(std::size_t);
    std::size_t bytes = held_ + (slices_.capacity() > 1 ? heap_bytes(slices_.capacity() * sizeof(slice)) : 0);
    for (const slice& part : slices_)
        bytes += part.owner ? heap_bytes(part.bytes.size() + control_block) : 0;
    return bytes;
}

}  // namespace nearside
