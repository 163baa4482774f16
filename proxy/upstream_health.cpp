#include "proxy/upstream_health.h"

#include <utility>

namespace nearside::proxy {

circuit::outcome judge_failure(errc failure, bool callers_time) noexcept {
    switch (failure) {
        case errc::resolve_failed:
        case errc::connect_failed:
        case errc::connect_timeout:
        case errc::tls_failed:
        case errc::first_byte_timeout:
        case errc::closed_early:
        case errc::malformed_response:
            return circuit::outcome::failed;
        case errc::total_timeout:
            return callers_time ? circuit::outcome::unknown : circuit::outcome::failed;
        default:
            return circuit::outcome::unknown;
    }
}

circuit::outcome judge_status(int status) noexcept {
    const bool about_the_request = status == 501 || status == 505;
    return status >= 500 && !about_the_request ? circuit::outcome::failed : circuit::outcome::good;
}

upstream_health::call& upstream_health::call::operator=(call&& other) noexcept {
    settle();
    health_ = std::move(other.health_);
    pass_ = other.pass_;
    told_ = other.told_;
    why_ = other.why_;
    return *this;
}

void upstream_health::call::answered(int status) {
    told_ = judge_status(status);
    why_ = errc::upstream_status;
    if (pass_.probe) settle();
}

void upstream_health::call::failed(errc why, bool callers_time) {
    const circuit::outcome verdict = judge_failure(why, callers_time);
    if (verdict == circuit::outcome::unknown) return;
    told_ = verdict;
    why_ = why;
}

void upstream_health::call::settle() noexcept {
    const auto health = std::exchange(health_, nullptr);
    if (health) health->done(pass_, told_, why_, std::chrono::steady_clock::now());
}

result<upstream_health::call> upstream_health::admit(steady_time now) {
    bool probes_begin = false;
    std::optional<circuit::pass> given;
    error refusal{errc::upstream_unavailable, {}};
    {
        const std::lock_guard lock(mutex_);
        const circuit::state before = circuit_.now_in();
        given = circuit_.ask(now);
        probes_begin = circuit_.now_in() != before;
        if (!given) {
            ++refused_;
            constexpr std::chrono::seconds soon{1};
            refusal.retry_after = std::max(soon, std::chrono::ceil<std::chrono::seconds>(circuit_.reopens_in(now)));
            refusal.detail = "too many calls failed, the last with " + std::string(to_string(last_failure_)) +
                             "; it is tried again before long";
        }
    }
    if (probes_begin) tell(circuit::state::half_open, 0, errc::internal);
    if (!given) return refusal;
    return call(shared_from_this(), *given);
}

health_counts upstream_health::counts() const {
    const std::lock_guard lock(mutex_);
    return {circuit_.now_in(), opened_, refused_};
}

void upstream_health::done(circuit::pass given, circuit::outcome what, errc why, steady_time now) {
    circuit::state next = circuit::state::closed;
    std::uint64_t failures = 0;
    {
        const std::lock_guard lock(mutex_);
        const circuit::state before = circuit_.now_in();
        if (what == circuit::outcome::failed) last_failure_ = why;
        circuit_.done(given, what, now);
        next = circuit_.now_in();
        if (next == before) return;
        failures = circuit_.failures(now);
        if (next == circuit::state::open) ++opened_;
    }
    tell(next, failures, why);
}

void upstream_health::tell(circuit::state next, std::uint64_t failures, errc why) const {
    if (log_ == nullptr) return;
    switch (next) {
        case circuit::state::open:
            log_->warning("upstream circuit opened",
                          {{"upstream", upstream_}, {"failures", failures}, {"last", to_string(why)}});
            break;
        case circuit::state::half_open:
            log_->info("upstream circuit half-open", {{"upstream", upstream_}});
            break;
        case circuit::state::closed:
            log_->info("upstream circuit closed", {{"upstream", upstream_}});
            break;
    }
}

}  // namespace nearside::proxy
