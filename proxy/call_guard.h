// What may end an upstream call before its time: the deadline of its present phase, the deadline of the whole call, or
// somebody who gives it up. Ending means breaking whatever the call waits for (a socket, a place in a queue), so that
// its coroutine resumes and asks why().
// Owned by the call; lives on the call's executor, and only that thread may use it.
#pragma once

#include "core/clock.h"
#include "core/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace nearside::proxy {

// What the deadlines of calls are measured by: timers of the system's, which no clock of a test moves.
inline steady_time steady_now() noexcept {
    return std::chrono::steady_clock::now();
}

// Something a call may be waiting for. interrupt() makes the wait end soon; it may come more than once.
class interruptible {
public:
    virtual void interrupt() noexcept = 0;

protected:
    ~interruptible() = default;
};

class call_guard : public std::enable_shared_from_this<call_guard> {
public:
    // At `total_due` the call ends with errc::total_timeout.
    static std::shared_ptr<call_guard> create(boost::asio::any_io_executor home, steady_time total_due);

    // The present phase must be over by `due`, else the call ends with `reason`. The total holds as well.
    void enter_phase(steady_time due, errc reason);
    // A phase that only the total bounds.
    void enter_last_phase();
    // Measures the total anew: what a stream does that goes on as long as both sides do. steady_time::max(): not now.
    void move_total(steady_time due);
    // Between the two, neither total nor phase runs: the call waits for its turn among its like.
    void pause();
    void resume();
    // The total is shorter than the upstream's own: its running out says nothing about the upstream.
    void total_is_the_callers() noexcept { callers_total_ = true; }
    bool callers_total() const noexcept { return callers_total_; }
    // Ends the call now. The first reason stands.
    void stop(errc reason);

    bool stopped() const noexcept { return stopped_.has_value(); }
    // Why the call was ended; `otherwise` where it wasn't.
    errc why(errc otherwise) const noexcept { return stopped_.value_or(otherwise); }
    steady_time total_due() const noexcept { return total_due_; }
    const boost::asio::any_io_executor& home() const noexcept { return home_; }

    // While it lives, ending the call interrupts `what`; at once where the call has ended already.
    class watch {
    public:
        watch(call_guard& guard, interruptible& what);
        ~watch();
        watch(const watch&) = delete;
        watch& operator=(const watch&) = delete;

    private:
        call_guard& guard_;
        interruptible& what_;
    };

private:
    call_guard(boost::asio::any_io_executor home, steady_time total_due);
    void arm();
    void on_timer();

    boost::asio::any_io_executor home_;
    boost::asio::steady_timer timer_;
    steady_time total_due_;
    steady_time phase_due_;
    bool callers_total_ = false;
    std::optional<steady_time::duration> left_{};  // of the total, while it is paused
    errc phase_reason_ = errc::total_timeout;
    // A timer that is set for too early re-arms itself when it fires: most phases end long before, and touch no timer.
    std::optional<steady_time> armed_for_;
    std::optional<errc> stopped_;
    std::vector<interruptible*> watched_;
};

}  // namespace nearside::proxy
