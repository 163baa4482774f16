// What is under way on one connection to Redis: commands that wait to be written, and those whose answers are awaited,
// in the order they were sent. A command whose time runs out fails at once; what it is answered later is dropped in its
// turn. Nothing is ever sent twice. A pure machine: it is told what happened, and hands back the callers to be told.
// Owned by one link; one thread.
#pragma once

#include "cache/redis_command.h"
#include "cache/redis_wire.h"
#include "core/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

namespace nearside::cache {

using redis_done = std::function<void(result<redis_reply>)>;

class redis_pipeline {
public:
    // Large values are shared with the stores they come from, so this bounds what is on the way rather than memory.
    static constexpr std::size_t most_waiting_bytes = std::size_t{256} * 1024 * 1024;
    // Without any byte from Redis for so long while it owes an answer, the connection is given up.
    static constexpr milliseconds longest_silence{3'000};

    explicit redis_pipeline(std::size_t most_commands) : most_commands_(most_commands) {}

    // False: there are too many. With `asking`, ASKING goes right before it, and its answer is dropped.
    bool push(std::shared_ptr<const redis_command> command, bool asking, steady_time deadline, redis_done done);
    bool has_room_for(const redis_command& command) const noexcept;

    // The bytes to be written next, at least `most_bytes` where there are as many; empty: nothing waits.
    std::vector<slice> take(std::size_t most_bytes, steady_time now);

    struct answer {
        redis_done done;  // empty: nobody waits for it any more
        bool expected = false;
    };
    // Whose answer the next reply is. Not expected: Redis answers what it wasn't asked.
    answer answered(steady_time now);
    // Bytes came.
    void heard(steady_time now) noexcept { heard_ = now; }

    struct expired {
        std::vector<redis_done> done;
        std::size_t sent = 0;  // of them
    };
    expired expire(steady_time now);
    // The earliest time at which expire() or silent() will have something to tell.
    std::optional<steady_time> next_deadline();
    bool silent(steady_time now) const noexcept;

    // The connection ended: those whose commands were sent, or were just being written.
    std::vector<redis_done> drop_sent();
    std::vector<redis_done> drop_all();

    std::size_t size() const noexcept { return waiting_.size() + sent_.size(); }
    bool has_waiting() const noexcept { return live_waiting_ > 0; }

private:
    struct call {
        std::uint64_t number;
        std::shared_ptr<const redis_command> command;  // null once it was written, or given up
        bool asking;
        redis_done done;  // empty once it was told
        steady_time sent_at{};
    };
    struct due {
        steady_time when;
        std::uint64_t number;
        friend bool operator>(const due& left, const due& right) noexcept {
            return std::pair(left.when, left.number) > std::pair(right.when, right.number);
        }
    };

    call* find(std::uint64_t number) noexcept;
    bool settled(std::uint64_t number) noexcept;
    void drop_waiting_bytes(call& given_up) noexcept;

    const std::size_t most_commands_;
    std::uint64_t next_number_ = 0;
    // Numbers rise through sent_ and then waiting_, though not without gaps.
    std::deque<call> sent_;
    std::deque<call> waiting_;
    std::size_t live_waiting_ = 0;
    std::size_t waiting_bytes_ = 0;
    bool asking_answered_ = false;  // of the oldest that was sent
    steady_time heard_{};
    std::priority_queue<due, std::vector<due>, std::greater<>> deadlines_;
};

}  // namespace nearside::cache
