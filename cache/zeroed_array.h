// A fixed array that begins as zero bytes and takes memory only where it is written: the system gives pages of a large
// one as they are touched. For tables made as large as they can ever get.
// A value of one owner.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace nearside::cache {

template <class Item>
class zeroed_array {
    static_assert(std::is_trivially_copyable_v<Item> && std::is_trivially_destructible_v<Item>);

public:
    explicit zeroed_array(std::size_t size)
        : items_(static_cast<Item*>(std::calloc(size, sizeof(Item))), &std::free), size_(size) {
        if (!items_) throw std::bad_alloc();
    }

    Item& operator[](std::size_t at) noexcept { return items_.get()[at]; }
    const Item& operator[](std::size_t at) const noexcept { return items_.get()[at]; }
    std::size_t size() const noexcept { return size_; }
    // Once every page is touched.
    std::size_t memory() const noexcept { return size_ * sizeof(Item); }

private:
    std::unique_ptr<Item, decltype(&std::free)> items_;
    std::size_t size_;
};

}  // namespace nearside::cache
