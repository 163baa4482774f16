// What the parts of the process count anyway, as metrics: the store, the upstream pools, the client connections.
// Built by main, which owns the parts; asked by whichever thread makes the metrics' text.
#pragma once

#include "cache/memory_store.h"
#include "core/metrics.h"
#include "proxy/server.h"
#include "proxy/upstreams.h"
#include "proxy/view_refresh.h"

#include <vector>

namespace nearside::proxy {

struct gauge_sources {
    const cache::memory_store* store = nullptr;
    const view_refresh* refresh = nullptr;
    const upstreams* pools = nullptr;
    const server* for_public = nullptr;
};

// The sources outlive what is returned; the registry outlives both.
std::vector<metrics::observation> observe(metrics& registry, const gauge_sources& sources);

}  // namespace nearside::proxy
