// What a plan run needs of the world: something that performs one call against an upstream. The proxy implements it
// with its pool; tests with a fake; others stand between (a cache, speculation). All calls and completions of one run
// happen on one executor.
#pragma once

#include "core/body.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/http_message.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace nearside::aggregators {

// Names one call within one plan run.
using call_id = std::uint32_t;

struct fetch_request {
    std::string upstream;  // its name in the configuration
    std::string target;    // origin-form: path and query, percent-encoded; the upstream's base path is not in it
    std::optional<milliseconds> timeout;  // the step's own; the upstream's timeouts hold as well
    std::uint32_t wave = 1;               // 1: it waited for no other call; else one more than the last it waited for
    std::uint32_t step = 0;               // that asks for it first, in the plan's order
    // The latest fetch_response::since of all that it depends on, however far: what was read of it before then may be
    // older than its parent.
    steady_time proven_from = steady_time::min();
    // When the latest failure of a call that it depends on was heard: nothing read of it before then may be used.
    steady_time usable_from = steady_time::min();
    // An earlier read of this run won't do: a stored answer is validated first, and no call under way is joined.
    bool anew = false;
    // At most so many connections for calls of that group at once; 0: nothing bounds them. A step's calls are a group,
    // and each list's pages. More may be started: where the upstream is pipelined, they go behind others.
    std::uint32_t parallel = 0;
    std::uint32_t group = 0;
    bool background = false;  // nobody waits for it: after calls that somebody waits for, and never a second try
    header_fields fields;     // beside the principal's: what makes it conditional
    std::string content;      // JSON: it is a POST that is safe (RFC 9110 9.2.1). Empty: a GET
};

struct fetch_response {
    int status = 0;
    header_fields fields;
    buffer document;               // decoded of its content coding
    std::uint64_t wire_bytes = 0;  // of the body as it crossed the link
    bool reused_connection = false;
    std::uint64_t content_hash = 0;  // of `document`; 0: nobody asked for it
    // The upstream is known to have answered this `document` from then on: min() since before this run, because the
    // view's last run got the same. Absent: since it came.
    std::optional<steady_time> since;
    // When it was read at the upstream, where that was before the call: a stored answer, or another run's.
    std::optional<steady_time> read;
    bool fresh = false;       // it is a stored answer, which its origin said may still be used
    bool speculated = false;  // it was under way before the plan asked for it
};

class fetch_sink {
public:
    virtual ~fetch_sink() = default;
    // Exactly once for each start() not cancelled; never from inside start().
    virtual void on_fetched(call_id call, result<fetch_response> outcome) = 0;
};

// One principal's way to the upstreams: it adds that principal's forwarded headers to each call.
class fetcher {
public:
    virtual ~fetcher() = default;
    virtual void start(call_id call, fetch_request request, std::weak_ptr<fetch_sink> sink) = 0;
    // Gives up a call: its connection is closed, its sink hears nothing more.
    virtual void cancel(call_id call) = 0;
    // Somebody waits for it now: it is a background call no more.
    virtual void promote(call_id /*call*/) {}
};

}  // namespace nearside::aggregators
