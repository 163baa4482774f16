// How many client connections the process holds, and who waits for one to end. Shared by all listeners.
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace nearside::proxy {

class connection_limit {
public:
    explicit connection_limit(std::uint32_t most) : most_(most) {}

    bool try_acquire() noexcept;
    void release();
    // Calls `wake` once, from the thread that releases next, or at once when a place is free already.
    void when_free(std::function<void()> wake);

    std::uint32_t open() const noexcept { return open_.load(std::memory_order_relaxed); }

private:
    const std::uint32_t most_;
    std::atomic<std::uint32_t> open_{0};
    std::atomic<bool> someone_waits_{false};
    std::mutex mutex_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace nearside::proxy
