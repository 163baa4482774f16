// How a stream's coroutine waits for something to tell. Who wakes it resumes it on the spot, without a detour through
// the executor's queue; and a deadline costs one store, because the timer is set anew only once it has run out: a
// change to thousands of streams is thousands of writes and little else.
// Its session's, on the client's thread; at most one waits.
#pragma once

#include "core/clock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace nearside::proxy {

class stream_wait {
public:
    explicit stream_wait(const boost::asio::any_io_executor& home) : timer_(home) {}
    ~stream_wait();
    stream_wait(const stream_wait&) = delete;
    stream_wait& operator=(const stream_wait&) = delete;

    // Who waits goes on before this returns, and may end all that is around, this object included. Without anybody
    // waiting the signal is kept.
    void wake() noexcept;
    // The same, but who waits goes on later: for callers who go through what it may end.
    void wake_soon() noexcept;
    // Whether somebody waits.
    bool waited() const noexcept;
    // waited() or wake() comes soon: asks for the memory that it takes.
    void fetch_ahead() const noexcept { __builtin_prefetch(armed_); }
    // Who waits does so until then, which is no sooner.
    void put_off(steady_time deadline) noexcept { deadline_ = deadline; }
    // A signal that came while nobody waited; each is seen once.
    bool take_signal() noexcept;

    // Until a signal, or `deadline`, which must not be before that of an earlier wait. False: the time came first. Only
    // when take_signal() has said that there is none.
    boost::asio::awaitable<bool> wait(steady_time deadline);

private:
    // Held by the timer's operation alone, so that who waits goes away with the executor.
    struct seat;

    void arm(std::shared_ptr<seat> waiting);
    void run_out(std::shared_ptr<seat> of) noexcept;

    boost::asio::steady_timer timer_;
    seat* armed_ = nullptr;  // null: the timer isn't set
    steady_time deadline_{};
    bool signalled_ = false;
};

}  // namespace nearside::proxy
