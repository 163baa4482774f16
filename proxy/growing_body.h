// The body of an upstream's answer while it arrives: one writes, any number read, each at its own pace and on its own
// thread, so that a slow reader slows nobody. When it is complete it becomes a `body` without a copy of what is large.
// One that turns out too large to keep is let go behind its readers; from then on the writer waits for the slowest.
// Shared by the flight that fills it and everyone who reads. Any thread; wake-ups run on the thread that causes them,
// outside the lock.
#pragma once

#include "core/body.h"
#include "core/http_message.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class growing_body {
public:
    enum class state { growing, complete, broken };

    // `length`, where it is known, is taken in one piece.
    explicit growing_body(std::optional<std::uint64_t> length);

    // --- the one who writes

    void append(std::string_view bytes);
    // No more comes. `trailers`: what came after it (RFC 9110 6.5).
    void finish(header_fields trailers);
    // It will never be complete.
    void fail();
    // All of it; after finish(), and not after stop_keeping().
    body whole() const;
    // From now on bytes that all readers have passed are given back, and no reader may join.
    void stop_keeping();
    // Calls `wake` once when at most `most` bytes are ahead of the slowest reader, or nobody reads. False, and `wake`
    // is never called, where that is so already.
    bool on_room(std::uint64_t most, std::function<void()> wake);
    std::size_t readers() const;
    std::uint64_t size() const;

    // --- readers

    struct portion {
        std::string_view bytes;  // until the next call of the same reader
        state is = state::growing;
    };

    // One who reads from the beginning, on one thread.
    class reader {
    public:
        // Null where it is too late to join.
        static std::unique_ptr<reader> join(const std::shared_ptr<growing_body>& of);
        ~reader();
        reader(const reader&) = delete;
        reader& operator=(const reader&) = delete;

        // What comes next, up to a bound that depends on how it arrived; the bytes of the call before are done with.
        // Empty while nothing is there, and at the end, of which `is` tells.
        portion next();
        // Calls `wake` once when next() has something to tell. False, and `wake` is never called, when it has already.
        bool on_growth(std::function<void()> wake);
        // After the end.
        const header_fields& trailers() const noexcept { return of_->trailers_; }

    private:
        friend class growing_body;
        explicit reader(std::shared_ptr<growing_body> of) : of_(std::move(of)) {}

        const std::shared_ptr<growing_body> of_;
        std::uint64_t passed_ = 0;  // with the body's lock
        std::size_t shown_ = 0;
        std::list<reader*>::iterator place_;
    };

private:
    using wakes = std::vector<std::function<void()>>;

    struct piece {
        std::shared_ptr<char[]> bytes;
        std::uint64_t begins = 0;
        std::size_t size = 0, capacity = 0;
    };

    void end(state how);
    // With mutex_ held.
    std::uint64_t slowest() const;
    void let_go(wakes& woken);

    mutable std::mutex mutex_;
    std::deque<piece> pieces_;
    std::uint64_t size_ = 0;
    state state_ = state::growing;
    bool keeping_ = true;
    header_fields trailers_;
    std::list<reader*> readers_;
    wakes for_growth_;
    std::function<void()> for_room_;
    std::uint64_t room_ = 0;
};

}  // namespace nearside::proxy
