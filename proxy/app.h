// The running process: builds the object graph of a configuration, runs its threads, and ends them in order.
// Owned by main; run() on the main thread.
#pragma once

#include "core/clock.h"
#include "core/log.h"
#include "proxy/configuration.h"

namespace nearside::proxy {

// Serves until SIGTERM or SIGINT, then drains. Returns the process's exit code: 0 after an orderly stop, 1 when it
// could not start; the log says why.
int run_app(const configuration& what, logger& log, const clock& time);

}  // namespace nearside::proxy
