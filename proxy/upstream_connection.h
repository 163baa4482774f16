// One connection to an upstream with what is known about it. Owned by its pool while idle, by a lease while in use.
#pragma once

#include "core/clock.h"
#include "proxy/inbox.h"
#include "proxy/upstream_health.h"
#include "proxy/upstream_transport.h"

#include <cstdint>
#include <memory>

namespace nearside::proxy {

struct upstream_connection {
    std::unique_ptr<upstream_transport> transport;
    inbox received;
    upstream_health::call present;  // the one that holds the lease
    std::uint64_t calls = 0;        // answered on it so far
    steady_time idle_since{};
    milliseconds keep_alive{0};  // how long it may be idle: ours, or the upstream's word where that is shorter
};

}  // namespace nearside::proxy
