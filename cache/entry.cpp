#include "cache/entry.h"

#include "core/heap_size.h"

namespace nearside::cache {

namespace {

// What make_shared puts before an entry: a table of functions and two counts.
constexpr std::size_t control_block = 16;

std::size_t memory_of(const std::vector<std::string>& texts) noexcept {
    if (texts.capacity() == 0) return 0;
    std::size_t bytes = heap_bytes(texts.capacity() * sizeof(std::string));
    for (const std::string& each : texts)
        bytes += heap_bytes_of(each);
    return bytes;
}

}  // namespace

std::size_t entry_extras::memory() const noexcept {
    std::size_t bytes = heap_bytes(sizeof(entry_extras)) + memory_of(tags) + memory_of(groups);
    if (vary.capacity() > 0) bytes += heap_bytes(vary.capacity() * sizeof(vary_spec));
    for (const vary_spec& each : vary)
        bytes += memory_of(each.names);
    return bytes;
}

std::size_t entry::memory() const noexcept {
    return heap_bytes(control_block + sizeof(entry)) + heap_bytes_of(key) + head.memory() + content.memory() +
           (extras ? extras->memory() : 0);
}

}  // namespace nearside::cache
