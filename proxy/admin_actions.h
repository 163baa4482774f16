// What the admin listener asks of the running process, and what it is told. Values; the functions are main's, and
// called on the admin listener's thread.
#pragma once

#include "core/clock.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

namespace nearside::proxy {

// What became of reading the configuration again.
struct reload_outcome {
    bool taken = false;                      // it is good, and is what is served now
    std::vector<std::string> complaints;     // why it was not taken, each with file, line, column and mend
    std::vector<std::string> needs_restart;  // keys that differ, but cannot change while the process runs
};
// Several may be asked for at once: whoever makes them puts them in order.
using reload_action = std::function<boost::asio::awaitable<reload_outcome>()>;

struct drain_outcome {
    bool already = false;  // it was draining before
};
// From now on readiness says that it drains. Returns at once.
using drain_action = std::function<drain_outcome()>;

}  // namespace nearside::proxy
