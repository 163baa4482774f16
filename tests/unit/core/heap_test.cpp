#include "core/heap.h"

#include "core/heap_size.h"

#include <gtest/gtest.h>

#include <memory>

namespace nearside {
namespace {

TEST(heap, resident_memory_grows_with_what_is_written) {
    constexpr std::size_t size = 64 * 1024 * 1024;
    const std::uint64_t before = resident_bytes();
    const std::unique_ptr<char[]> memory(new char[size]);
    for (std::size_t at = 0; at < size; at += 4096)
        static_cast<volatile char*>(memory.get())[at] = 1;
    EXPECT_GT(before, 0U);
    EXPECT_GT(resident_bytes(), before + size / 2);
    return_free_memory();
    EXPECT_GT(resident_bytes(), size / 2);
}

TEST(heap_size, never_tells_less_than_was_asked_for_and_not_much_more) {
    for (std::size_t asked = 1; asked < 5'000; ++asked) {
        EXPECT_GE(heap_bytes(asked), asked + sizeof(std::size_t));
        EXPECT_LE(heap_bytes(asked), asked + 32);
    }
}

TEST(heap_size, of_text_counts_what_stands_outside_of_the_object) {
    EXPECT_EQ(heap_bytes_of("short"), 0U);
    EXPECT_GE(heap_bytes_of(std::string(100, 'x')), 101U);
}

}  // namespace
}  // namespace nearside
