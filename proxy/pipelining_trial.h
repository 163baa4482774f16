// Whether calls are sent behind others to an upstream (pipelining, RFC 9112 9.3.2): not before it has kept a connection
// after an HTTP/1.1 answer; then one call, to see that it is answered in its turn; then as many as `pipeline` says.
// After calls that weren't answered behind others, it waits before it tries again, twice as long each time. And never
// again once answers came that can't be right: to go on would be to tell one call another's answer.
// One a pool. Any thread.
#pragma once

#include "core/clock.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace nearside::proxy {

class pipelining_trial {
public:
    enum class state : std::uint8_t { unknown, kept, trying, good, bad };
    static constexpr milliseconds first_pause{1'000}, longest_pause{600'000};

    state now_in() const noexcept { return state_.load(std::memory_order_relaxed); }
    void kept_a_connection() noexcept { move(state::unknown, state::kept); }
    // Leave to send one call behind another. `is_trial`: its outcome has to be told.
    struct leave {
        bool given = false;
        bool is_trial = false;
    };
    leave ask(steady_time now) noexcept {
        if (now_in() == state::good) return {true, false};
        const bool may_try = now.time_since_epoch() >= not_before_.load(std::memory_order_relaxed);
        const bool first = may_try && move(state::kept, state::trying);
        return {first, first};
    }
    // A call behind another, in its turn.
    void answered() noexcept {
        if (move(state::trying, state::good)) pause_.store(first_pause, std::memory_order_relaxed);
    }
    // The trial's call ended by its own, which tells nothing.
    void given_up() noexcept { move(state::trying, state::kept); }
    // Calls behind others got no answer: the upstream closed the connection without a word, or took too long. What the
    // next trial waits for; 0: there is none.
    milliseconds unanswered(steady_time now) noexcept {
        if (!move(state::good, state::kept) && !move(state::trying, state::kept)) return milliseconds{0};
        const milliseconds pause = pause_.load(std::memory_order_relaxed);
        not_before_.store((now + pause).time_since_epoch(), std::memory_order_relaxed);
        pause_.store(std::min(2 * pause, longest_pause), std::memory_order_relaxed);
        return pause;
    }
    // True: it is the first time.
    bool disordered() noexcept { return state_.exchange(state::bad, std::memory_order_relaxed) != state::bad; }

private:
    bool move(state from, state to) noexcept {
        return state_.compare_exchange_strong(from, to, std::memory_order_relaxed);
    }

    std::atomic<state> state_{state::unknown};
    std::atomic<milliseconds> pause_{first_pause};
    std::atomic<steady_time::duration> not_before_{steady_time::duration::min()};
};

}  // namespace nearside::proxy
