// How the process's file descriptors are shared out: what upstreams and nearside itself need is kept back, client
// connections get the rest, so that a crowd of clients never keeps calls from going out. Asked once, at start.
#pragma once

#include "config/settings.h"

#include <cstdint>

namespace nearside::proxy {

struct descriptor_budget {
    std::uint32_t clients = 0;    // connections of the public listener
    std::uint64_t kept_back = 0;  // for everything else
};

// Client connections of the admin listener; they come out of what is kept back.
inline constexpr std::uint32_t most_admin_connections = 256;

// Of `limit` descriptors, never more than `server.limits.connections` for clients. Where even that which must be kept
// back is not there, each side gets half. Pure.
descriptor_budget share_descriptors(std::uint64_t limit, const config::settings& settings,
                                    std::uint32_t threads) noexcept;

// Raises the process's soft limit (RLIMIT_NOFILE) as far as the hard one allows; what it is then.
std::uint64_t raise_descriptor_limit() noexcept;

}  // namespace nearside::proxy
