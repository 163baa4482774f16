// How many client connections the process holds, and who waits for one to end. Shared by all listeners.
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace nearside::proxy {

class connection_limit : public std::enable_shared_from_this<connection_limit> {
public:
    explicit connection_limit(std::uint32_t most) : most_(most) {}

    // One connection's place, given back at its end.
    class place {
    public:
        place() = default;
        place(place&&) noexcept = default;
        place& operator=(place&&) = delete;
        ~place() {
            if (of_ != nullptr) of_->release();
        }
        explicit operator bool() const noexcept { return of_ != nullptr; }

    private:
        friend class connection_limit;
        explicit place(std::shared_ptr<connection_limit> of) noexcept : of_(std::move(of)) {}
        std::shared_ptr<connection_limit> of_;
    };

    // Empty when all are taken.
    place try_acquire();
    // Calls `wake` once, from the thread that releases next, or at once when a place is free already.
    void when_free(std::function<void()> wake);

    std::uint32_t open() const noexcept { return open_.load(std::memory_order_relaxed); }

private:
    void release();

    const std::uint32_t most_;
    std::atomic<std::uint32_t> open_{0};
    std::atomic<bool> someone_waits_{false};
    std::mutex mutex_;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace nearside::proxy
