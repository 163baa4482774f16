// Whether an upstream call that failed is made again. Values and a pure function; any thread.
#pragma once

#include "core/error.h"

#include <cstdint>

namespace nearside::proxy {

struct attempt_facts {
    errc failure = errc::internal;
    bool idempotent = false;    // RFC 9110 9.2.2
    bool body_touched = false;  // some of the request's body was taken from the client: it cannot be sent again
    bool reused_connection = false;
    bool sent_anything = false;  // at least one byte of the request left
    bool answered = false;       // at least one byte of the response came
    std::uint32_t retries_left = 0;
};

enum class next_attempt {
    none,
    again,  // costs a retry
    fresh,  // on a new connection, free: the kept one had died, so this call has not been tried yet (RFC 9112 9.3.1)
};

next_attempt decide_retry(const attempt_facts& facts) noexcept;

}  // namespace nearside::proxy
