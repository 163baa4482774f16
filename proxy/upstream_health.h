// What the calls to one upstream tell about its health, and the circuit that is kept by it: each call asks for leave,
// and tells how it went.
// One a pool, shared with its calls; any thread. A short mutex of its own guards the circuit.
#pragma once

#include "core/error.h"
#include "core/log.h"
#include "proxy/circuit.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace nearside::proxy {

// Whether a failure speaks against the upstream. `callers_time`: the total that ran out was the caller's, shorter than
// the upstream's own. Pure.
circuit::outcome judge_failure(errc failure, bool callers_time) noexcept;
// An answer other than 5xx is a healthy upstream's; 501 and 505 are about the request.
circuit::outcome judge_status(int status) noexcept;

struct health_counts {
    circuit::state state = circuit::state::closed;
    std::uint64_t opened = 0, refused = 0;
};

class upstream_health : public std::enable_shared_from_this<upstream_health> {
public:
    // `log` outlives it; may be null.
    upstream_health(std::string upstream, const config::circuit_settings& settings, logger* log)
        : upstream_(std::move(upstream)), log_(log), circuit_(settings) {}

    // One call's leave. The last thing told counts; gone without a word it tells nothing.
    class call {
    public:
        call() = default;
        call(std::shared_ptr<upstream_health> health, circuit::pass given) : health_(std::move(health)), pass_(given) {}
        call(call&&) noexcept = default;
        call& operator=(call&& other) noexcept;
        ~call() { settle(); }

        // The head of an answer came. One that closes a half-open circuit does so at once: its body may take long.
        void answered(int status);
        void failed(errc why, bool callers_time);

    private:
        void settle() noexcept;

        std::shared_ptr<upstream_health> health_;
        circuit::pass pass_;
        circuit::outcome told_ = circuit::outcome::unknown;
        errc why_ = errc::upstream_status;
    };

    // Errors: upstream_unavailable, which tells when to try again.
    result<call> admit(steady_time now);
    health_counts counts() const;

private:
    void done(circuit::pass given, circuit::outcome what, errc why, steady_time now);
    void tell(circuit::state next, std::uint64_t failures, errc why) const;

    const std::string upstream_;
    logger* const log_;
    mutable std::mutex mutex_;
    circuit circuit_;
    errc last_failure_ = errc::internal;
    std::uint64_t opened_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace nearside::proxy
