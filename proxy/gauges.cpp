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

void observe_pool(observer& into, const std::string& name, const generations& all) {
    // Asked of the pool that has the name by then: a reload may have put another in its place.
    const auto of_counts = [&](auto member) {
        return [&all, name, member]() -> std::uint64_t {
            const auto pool = all.current()->pools().find(name);
            return pool ? pool->counts().*member : 0;
        };
    };
    const auto of_health = [&](auto what) {
        return [&all, name, what]() -> std::uint64_t {
            const auto pool = all.current()->pools().find(name);
            return pool ? static_cast<std::uint64_t>(what(pool->health())) : 0;
        };
    };
    const auto connections = [&](const char* state, auto member) {
        into.add("nearside_upstream_connections", "Connections to an upstream, by state",
                 {{"upstream", name}, {"state", state}}, of_counts(member));
    };
    connections("idle", &pool_counts::idle);
    connections("in_use", &pool_counts::in_use);
    connections("opening", &pool_counts::opening);

    const auto events = [&](const char* event, auto member) {
        into.add("nearside_upstream_connection_events_total",
                 "What happened to an upstream's connections since it was set up",
                 {{"upstream", name}, {"event", event}}, of_counts(member));
    };
    events("connected", &pool_counts::connects);
    events("failed", &pool_counts::failed_connects);
    events("reused", &pool_counts::reused);
    events("pipelined", &pool_counts::pipelined);
    events("asked_again", &pool_counts::asked_again);
    events("renewed", &pool_counts::renewed);
    events("surplus", &pool_counts::surplus);
    events("found_dead", &pool_counts::found_dead);
    events("refused_busy", &pool_counts::refused_busy);
    into.add("nearside_upstream_pipelining",
             "Whether calls to an upstream go behind others on a connection: 0 no, 1 yes", {{"upstream", name}},
             of_counts(&pool_counts::pipelining));
    into.add("nearside_upstream_circuit", "The circuit of an upstream: 0 closed, 1 open, 2 half-open",
             {{"upstream", name}}, of_health([](const health_counts& of) { return of.state; }));
    into.add("nearside_upstream_circuit_opened_total", "Times that an upstream's circuit opened", {{"upstream", name}},
             of_health([](const health_counts& of) { return of.opened; }));
    into.add("nearside_upstream_calls_refused_total", "Calls that an open circuit refused", {{"upstream", name}},
             of_health([](const health_counts& of) { return of.refused; }));
    into.add("nearside_upstream_calls_waiting", "Calls that wait for a connection", {{"upstream", name}},
             of_counts(&pool_counts::waiting));
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
    const generations* const all = sources.all;
    into.add("nearside_refreshes_under_way", "Plan runs under way", {}, [all] { return all->runs(); });
    into.add("nearside_generations", "Configurations that something is still under way of, the one served included", {},
             [all] { return all->count(); });
    observe_clients(into, sources.for_public);
    return into.take();
}

void pool_gauges::look_again() {
    const std::shared_ptr<generation> now = all_.current();
    std::erase_if(by_name_, [&](const auto& each) { return now->pools().find(each.first) == nullptr; });
    for (const auto& [name, pool] : now->pools().all()) {
        if (by_name_.contains(name)) continue;
        observer into(registry_);
        observe_pool(into, name, all_);
        by_name_.emplace(name, into.take());
    }
}

}  // namespace nearside::proxy
