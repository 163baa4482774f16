// How much memory a piece of work takes at its height, as the kernel counts it. Linux; one thread at a time.
#pragma once

#include <cstddef>
#include <functional>

namespace nearside::bench {

// Bytes resident at the height of `work`, beyond those resident before it. 0 where the kernel does not tell.
std::size_t peak_of(const std::function<void()>& work);

}  // namespace nearside::bench
