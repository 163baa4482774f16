// What an allocation really takes of memory, for budgets that mean resident bytes: allocators hand out sizes of their
// own classes. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>

namespace nearside {

// Of an allocation that asked for `requested` bytes.
std::size_t heap_bytes(std::size_t requested) noexcept;

// Of what a text keeps beside itself: nothing while it is short enough to stand in the object.
std::size_t heap_bytes_of(const std::string& text) noexcept;

}  // namespace nearside
