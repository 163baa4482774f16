#include "proxy/gauges.h"

#include <string>
#include <utility>

namespace nearside::proxy {

namespace {

class observer {
public:
    explicit observer(metrics& registry) : registry_(registry) {}

    template <class Ask>
    void add(std::string_view name, std::string_view help, const metric_labels& labels, Ask ask) {
        all_.push_back(
            registry_.make_observed(name, help, labels, [ask = std::move(ask)] { return static_cast<double>(ask()); }));
    }

    std::vector<metrics::observation> take() { return std::move(all_); }

private:
    metrics& registry_;
    std::vector<metrics::observation> all_;
};

void observe_pool(observer& into, const std::string& name, const upstream_pool* pool) {
    const auto connections = [&](const char* state, auto member) {
        into.add("nearside_upstream_connections", "Connections to an upstream, by state",
                 {{"upstream", name}, {"state", state}}, [pool, member] { return pool->counts().*member; });
    };
    connections("idle", &pool_counts::idle);
    connections("in_use", &pool_counts::in_use);
    connections("opening", &pool_counts::opening);

    const auto events = [&](const char* event, auto member) {
        into.add("nearside_upstream_connection_events_total",
                 "What happened to an upstream's connections since the start", {{"upstream", name}, {"event", event}},
                 [pool, member] { return pool->counts().*member; });
    };
    events("connected", &pool_counts::connects);
    events("failed", &pool_counts::failed_connects);
    events("reused", &pool_counts::reused);
    events("renewed", &pool_counts::renewed);
    events("surplus", &pool_counts::surplus);
    events("found_dead", &pool_counts::found_dead);
    events("refused_busy", &pool_counts::refused_busy);
    into.add("nearside_upstream_circuit", "The circuit of an upstream: 0 closed, 1 open, 2 half-open",
             {{"upstream", name}}, [pool] { return static_cast<int>(pool->health().state); });
    into.add("nearside_upstream_circuit_opened_total", "Times that an upstream's circuit opened", {{"upstream", name}},
             [pool] { return pool->health().opened; });
    into.add("nearside_upstream_calls_refused_total", "Calls that an open circuit refused", {{"upstream", name}},
             [pool] { return pool->health().refused; });
    into.add("nearside_upstream_calls_waiting", "Calls that wait for a connection", {{"upstream", name}},
             [pool] { return pool->counts().waiting; });
}

void observe_clients(observer& into, const server* clients) {
    into.add("nearside_client_connections", "Open client connections", {},
             [clients] { return clients->counters().connections_open; });
    const auto events = [&](const char* event, auto member) {
        into.add("nearside_client_events_total", "What clients did since the start", {{"event", event}},
                 [clients, member] { return clients->counters().*member; });
    };
    events("connected", &server_counters::connections_accepted);
    events("request", &server_counters::requests);
    events("refused_request", &server_counters::requests_refused);
    events("timeout", &server_counters::timeouts);
    events("failed_handshake", &server_counters::handshakes_failed);
}

}  // namespace

std::vector<metrics::observation> observe(metrics& registry, const gauge_sources& sources) {
    observer into(registry);
    const cache::memory_store* const store = sources.store;
    into.add("nearside_cache_bytes", "Bytes that stored entries cost", {}, [store] { return store->count().bytes; });
    into.add("nearside_cache_entries", "Stored entries", {}, [store] { return store->count().entries; });
    into.add("nearside_cache_evictions_total", "Entries evicted since the start", {},
             [store] { return store->count().evictions; });
    const view_refresh* const refresh = sources.refresh;
    into.add("nearside_refreshes_under_way", "Plan runs under way", {}, [refresh] { return refresh->under_way(); });
    for (const auto& [name, pool] : sources.pools->all())
        observe_pool(into, name, pool.get());
    observe_clients(into, sources.for_public);
    return into.take();
}

}  // namespace nearside::proxy
