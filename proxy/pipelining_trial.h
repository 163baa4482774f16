// Whether calls are sent behind others to an upstream (pipelining, RFC 9112 9.3.2): not before it has kept a connection
// after an HTTP/1.1 answer; then one call, to see that it is answered in its turn; then as many as `pipeline` says; and
// none any more once answers came that can't be right: to go on would be to tell one call another's answer.
// One a pool. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace nearside::proxy {

class pipelining_trial {
public:
    enum class state : std::uint8_t { unknown, kept, trying, good, bad };

    state now_in() const noexcept { return state_.load(std::memory_order_relaxed); }
    void kept_a_connection() noexcept { move(state::unknown, state::kept); }
    // Leave to send one call behind another. `is_trial`: its outcome has to be told.
    struct leave {
        bool given = false;
        bool is_trial = false;
    };
    leave ask() noexcept {
        if (now_in() == state::good) return {true, false};
        const bool first = move(state::kept, state::trying);
        return {first, first};
    }
    // Of the trial: it was answered; or it ended in a way that tells nothing, and another one tries.
    void answered() noexcept { move(state::trying, state::good); }
    void ended() noexcept { move(state::trying, state::kept); }
    // True: it is the first time.
    bool failed() noexcept { return state_.exchange(state::bad, std::memory_order_relaxed) != state::bad; }

private:
    bool move(state from, state to) noexcept {
        return state_.compare_exchange_strong(from, to, std::memory_order_relaxed);
    }

    std::atomic<state> state_{state::unknown};
};

}  // namespace nearside::proxy
