// The process' heap: how much memory the system has given, and giving it back. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nearside {

// Before the first thread starts. One heap for all threads: what one has freed, another finds. What threads allocate
// all the time is small and comes from caches of their own.
void use_one_heap() noexcept;

// Asks for large pages where much memory has just been taken: filling and freeing tens of MB of small ones holds a
// thread for milliseconds. Does nothing for less than a few MB.
void prefer_large_pages(void* memory, std::size_t bytes) noexcept;

// Has the system give the pages of memory at once that is about to be filled, instead of one by one as they are first
// written. Does nothing for less than some hundred kB, where there are few.
void take_pages(void* memory, std::size_t bytes) noexcept;

// Of this process, as the kernel counts it; 0 where it doesn't tell.
std::uint64_t resident_bytes() noexcept;

// Returns free pages to the system. Takes some milliseconds in a large heap, in which no thread gets memory from it.
void return_free_memory() noexcept;

}  // namespace nearside
