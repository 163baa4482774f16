#include "proxy/descriptor_budget.h"

#include <algorithm>
#include <limits>
#include <sys/resource.h>

namespace nearside::proxy {

namespace {

// Standard streams, the log, timers, DNS look-ups, certificates being read.
constexpr std::uint64_t for_the_process = 64;
// Listening sockets, epoll sets, timer and wake-up descriptors of an io thread.
constexpr std::uint64_t for_a_thread = 8;

}  // namespace

descriptor_budget share_descriptors(std::uint64_t limit, const config::settings& settings,
                                    std::uint32_t threads) noexcept {
    std::uint64_t needed = for_the_process + for_a_thread * threads + most_admin_connections;
    for (const config::upstream_settings& each : settings.upstreams)
        needed += each.max_connections;
    const std::uint64_t kept_back = std::min(needed, limit / 2);
    const std::uint64_t left = std::max<std::uint64_t>(limit - kept_back, 1);
    const auto clients = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, settings.server.limits.connections));
    return {clients, kept_back};
}

std::uint64_t raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::uint64_t>::max();
    rlimit raised = limit;
    raised.rlim_cur = raised.rlim_max;
    if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max() : limit.rlim_cur;
}

}  // namespace nearside::proxy
