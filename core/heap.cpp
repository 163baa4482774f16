#include "core/heap.h"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <malloc.h>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace nearside {

namespace {

int statm() noexcept {
    static const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    return file;
}

// Of whole pages. A system that doesn't take the advice gives memory that is as good, only slower.
void advise(void* memory, std::size_t bytes, int what) noexcept {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* begin = memory;
    if (std::align(page, page, begin, bytes) == nullptr) return;
    static_cast<void>(madvise(begin, bytes - bytes % page, what));
}

}  // namespace

void use_one_heap() noexcept {
    constexpr int large = 1024 * 1024;
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, large);
}

void prefer_large_pages(void* memory, std::size_t bytes) noexcept {
    constexpr std::size_t worth_it = std::size_t{4} * 1024 * 1024;
    if (bytes >= worth_it) advise(memory, bytes, MADV_HUGEPAGE);
}

void take_pages(void* memory, std::size_t bytes) noexcept {
    constexpr std::size_t worth_it = std::size_t{256} * 1024;
    if (bytes >= worth_it) advise(memory, bytes, MADV_POPULATE_WRITE);
}

std::uint64_t resident_bytes() noexcept {
    std::array<char, 128> text{};
    const ssize_t size = pread(statm(), text.data(), text.size(), 0);
    if (size <= 0) return 0;
    // Pages: all of the address space, then what is resident of it.
    const std::string_view pages(text.data(), static_cast<std::size_t>(size));
    const auto space = pages.find(' ');
    if (space == std::string_view::npos) return 0;
    std::uint64_t count = 0;
    std::from_chars(pages.data() + space + 1, pages.data() + pages.size(), count);
    return count * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void return_free_memory() noexcept {
    malloc_trim(0);
}

}  // namespace nearside
