#include "proxy/retry.h"

namespace nearside::proxy {

namespace {

// The request never reached the upstream.
bool failed_connecting(errc failure) noexcept {
    return failure == errc::resolve_failed || failure == errc::connect_failed || failure == errc::connect_timeout;
}

}  // namespace

next_attempt decide_retry(const attempt_facts& facts) noexcept {
    if (facts.body_touched || facts.answered) return next_attempt::none;
    const bool broke = facts.failure == errc::closed_early;
    const bool repeatable = facts.idempotent || !facts.sent_anything;
    if (broke && facts.reused_connection && repeatable) return next_attempt::fresh;
    if (!facts.idempotent || facts.retries_left == 0) return next_attempt::none;
    return broke || failed_connecting(facts.failure) ? next_attempt::again : next_attempt::none;
}

}  // namespace nearside::proxy
