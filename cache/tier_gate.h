// Whether what stands in Redis may be used: only while this node knows all that was invalidated, since an entry there
// is compared with what this node knows. Owned by main; the log of invalidations opens and closes it; any thread may
// ask.
#pragma once

#include <atomic>
#include <cstdint>

namespace nearside::cache {

class tier_gate {
public:
    bool is_open() const noexcept { return open_.load(std::memory_order_acquire); }
    // Whether an entry with that stamp may be written: what was stamped before this node knew all may bear a moment
    // that means something else to others.
    bool may_travel(std::uint64_t stamp) const noexcept {
        return is_open() && stamp >= since_.load(std::memory_order_relaxed);
    }

    // `present`: tag_epochs::now().
    void open(std::uint64_t present) noexcept {
        if (is_open()) return;
        since_.store(present, std::memory_order_relaxed);
        open_.store(true, std::memory_order_release);
    }
    void close() noexcept { open_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> open_{false};
    std::atomic<std::uint64_t> since_{0};
};

}  // namespace nearside::cache
