// What the parts of the process count anyway, as metrics: the store, the generations, the upstream pools, the client
// connections.
// Built by run_app, which owns the parts; asked by whichever thread makes the metrics' text.
#pragma once

#include "cache/memory_store.h"
#include "core/metrics.h"
#include "proxy/generations.h"
#include "proxy/server.h"

#include <map>
#include <string>
#include <vector>

namespace nearside::proxy {

struct gauge_sources {
    const cache::memory_store* store = nullptr;
    const generations* all = nullptr;
    const server* for_public = nullptr;
};

// The sources outlive what is returned; the registry outlives both.
std::vector<metrics::observation> observe(metrics& registry, const gauge_sources& sources);

// Of each upstream that the current generation has; what isn't there any more is told no longer. On the main thread.
class pool_gauges {
public:
    pool_gauges(metrics& registry, const generations& all) : registry_(registry), all_(all) { look_again(); }

    // The current generation is another one.
    void look_again();

private:
    metrics& registry_;
    const generations& all_;
    std::map<std::string, std::vector<metrics::observation>> by_name_;
};

}  // namespace nearside::proxy
