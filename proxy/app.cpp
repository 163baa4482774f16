#include "proxy/app.h"

#include "cache/memory_store.h"
#include "core/heap.h"
#include "core/metrics.h"
#include "proxy/admin_handler.h"
#include "proxy/descriptor_budget.h"
#include "proxy/gauges.h"
#include "proxy/handle_request.h"
#include "proxy/io_threads.h"
#include "proxy/openapi_handler.h"
#include "proxy/refresh_ahead.h"
#include "proxy/route_handler.h"
#include "proxy/server.h"
#include "proxy/shared_steps.h"
#include "proxy/step_meters.h"
#include "proxy/tls_server.h"
#include "proxy/upstreams.h"
#include "proxy/view_handler.h"
#include "proxy/view_meters.h"
#include "proxy/view_refresh.h"
#include "proxy/view_schemas.h"
#include "proxy/view_speculation.h"
#include "proxy/warm_views.h"
#include "proxy/worker_pool.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <thread>

namespace nearside::proxy {

namespace {

// Tags whose invalidation is remembered one by one; about 200 bytes each.
constexpr std::size_t most_epochs = 262'144;

std::uint32_t cores() noexcept {
    return std::max(1u, std::thread::hardware_concurrency());
}

std::string why_not_ready(const upstreams& pools) {
    std::string waiting;
    for (const auto& [name, pool] : pools.all()) {
        if (!pool->ready()) waiting += "warm connections of upstream " + name + " are not up\n";
    }
    if (!waiting.empty()) waiting.pop_back();
    return waiting;
}

std::uint64_t random_seed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
}

// 0 up to 1; for one thread at a time.
std::function<double()> random_fractions() {
    return [generator = std::minstd_rand(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>()(generator);
    };
}

// The limits of the public listener, as far as there are descriptors for them.
config::client_limits affordable_limits(const config::settings& settings, std::uint32_t threads, logger& log) {
    config::client_limits limits = settings.server.limits;
    const std::uint64_t descriptors = raise_descriptor_limit();
    const descriptor_budget shared = share_descriptors(descriptors, settings, threads);
    if (shared.clients < limits.connections) {
        log.warning("fewer client connections than configured", {{"configured", limits.connections},
                                                                 {"possible", shared.clients},
                                                                 {"descriptors", descriptors},
                                                                 {"kept_back", shared.kept_back}});
        limits.connections = shared.clients;
    }
    return limits;
}

// Two servers on their threads, from listening to the last connection closed.
class running_servers {
public:
    running_servers(server& for_public, server& for_admin, const config::settings& settings, logger& log,
                    std::atomic<bool>& stopping)
        : public_(for_public), admin_(for_admin), settings_(settings), log_(log), stopping_(stopping) {}
    // It is stopping already: being told again must not end it with another exit code than a clean one.
    ~running_servers() {
        signals_.clear();
        std::signal(SIGTERM, SIG_IGN);
    }
    running_servers(const running_servers&) = delete;
    running_servers& operator=(const running_servers&) = delete;

    bool start(io_threads& threads) {
        return start_one(public_, settings_.server.listen, "public", threads.contexts()) &&
               start_one(admin_, settings_.admin.listen, "admin", {threads.contexts().front()});
    }

    // Blocks until a signal asks to stop and the servers have drained, or a second signal hurries. Returns when the
    // process has to be gone: `drain_timeout` after the first signal, or at once after the second.
    steady_time run_until_stopped() {
        wait_for_stop(signals_);
        ignore_hangups(hangups_);
        main_.run();
        return leave_by_;
    }

private:
    bool start_one(server& one, const config::address& listen, std::string_view what,
                   const std::vector<boost::asio::io_context*>& contexts) {
        const result<void> started = one.start(contexts);
        if (!started) {
            log_.error("cannot listen", {{"for", what},
                                         {"address", listen.host},
                                         {"port", static_cast<int>(listen.port)},
                                         {"error", started.error().detail}});
            return false;
        }
        log_.info("listening", {{"for", what}, {"address", listen.host}, {"port", static_cast<int>(one.port())}});
        return true;
    }

    void wait_for_stop(boost::asio::signal_set& signals) {
        signals.async_wait([this, &signals](const boost::system::error_code& failed, int signal) {
            if (failed) return;
            stopping_ = true;
            leave_by_ = std::chrono::steady_clock::now() + settings_.server.drain_timeout;
            log_.info("stopping", {{"signal", signal}, {"drain_ms", settings_.server.drain_timeout.count()}});
            // Health stays visible while the public side drains.
            public_.stop(settings_.server.drain_timeout,
                         [this] { admin_.stop(milliseconds{0}, [this] { main_.stop(); }); });
            signals.async_wait([this](const boost::system::error_code& again, int) {
                if (again) return;
                leave_by_ = std::chrono::steady_clock::now();
                main_.stop();
            });
        });
    }

    void ignore_hangups(boost::asio::signal_set& hangups) {
        hangups.async_wait([this, &hangups](const boost::system::error_code& failed, int) {
            if (failed) return;
            log_.warning("reload is not in this version; restart to change the configuration");
            ignore_hangups(hangups);
        });
    }

    boost::asio::io_context main_{1};
    // Caught from before the log says "listening": whoever waits for that may ask to stop at once.
    boost::asio::signal_set signals_{main_, SIGTERM, SIGINT};
    boost::asio::signal_set hangups_{main_, SIGHUP};
    server& public_;
    server& admin_;
    const config::settings& settings_;
    logger& log_;
    std::atomic<bool>& stopping_;
    steady_time leave_by_{};
};

}  // namespace

int run_app(const configuration& what, logger& log, const clock& time) {
    std::signal(SIGPIPE, SIG_IGN);
    use_one_heap();
    const config::settings& settings = *what.settings;

    std::shared_ptr<const tls_server> tls;
    if (settings.server.tls) {
        auto loaded = tls_server::load(*settings.server.tls, {"http/1.1"});
        if (!loaded) {
            log.error("cannot use the certificate", {{"error", loaded.error().detail}});
            return 1;
        }
        tls = *std::move(loaded);
    }

    // Built in the order of use, destroyed in the opposite one.
    metrics registry;
    const view_meters meters(registry, *what.places);
    const route_meters of_routes(registry, *what.places);
    const step_meters of_steps(registry);
    const std::uint32_t io_thread_count = settings.server.threads != 0 ? settings.server.threads : cores();
    const on_thrown log_thrown = [&log](std::string_view what) { log.error("a handler threw", {{"what", what}}); };
    io_threads threads(io_thread_count);
    worker_pool workers(settings.server.workers != 0 ? settings.server.workers : cores(), log_thrown);
    auto pools = upstreams::create(what.settings, {.executors = threads.executors(), .log = &log});
    if (!pools) {
        log.error("cannot use an upstream", {{"error", pools.error().detail}});
        return 1;
    }
    cache::memory_store store({.bytes = settings.cache.memory, .max_entry_bytes = settings.cache.max_entry},
                              {.resident = resident_bytes, .return_free = return_free_memory});
    cache::tag_epochs epochs(most_epochs);
    shared_steps steps(
        {.store = &store, .epochs = &epochs, .time = &time, .workers = workers.executor(), .meters = &of_steps});
    view_speculation speculating(settings.cache.recipes, time, meters);
    view_schemas schemas(what.settings, *what.places, workers.executor(), time);
    refresh_ahead* ahead_of = nullptr;  // built on the refreshes that tell it
    view_refresh refresh({.store = &store,
                          .steps = &steps,
                          .speculating = &speculating,
                          .schemas = &schemas,
                          .pools = *pools,
                          .executors = threads.executors(),
                          .workers = workers.executor(),
                          .time = &time,
                          .log = &log,
                          .name = settings.server.name,
                          .retry_after = settings.cache.refresh_retry,
                          .meters = &meters,
                          .published = [&ahead_of](const std::string& key, milliseconds fresh, milliseconds stale) {
                              ahead_of->published(key, fresh, stale);
                          }});
    refresh_ahead ahead({.refresh = &refresh,
                         .time = &time,
                         .home = threads.executors().front(),
                         .at_once = settings.cache.refresh_ahead,
                         .random = random_fractions()});
    ahead_of = &ahead;
    warm_views warm({.places = what.places,
                     .ahead = &ahead,
                     .refresh = &refresh,
                     .steps = &steps,
                     .pools = *pools,
                     .home = threads.executors().front(),
                     .workers = workers.executor(),
                     .time = &time,
                     .log = &log,
                     .registry = &registry,
                     .via = settings.server.name,
                     .random = random_fractions()});
    coded_copies copies(store, workers.executor(), settings.cache.max_entry);
    view_handler views(store, copies, refresh, meters, ahead, time, settings.server.name, settings.limits.view_time);
    const route_proxy pass(settings.server.name, &log);
    route_fetch fetch({.store = &store,
                       .epochs = &epochs,
                       .pools = *pools,
                       .executors = threads.executors(),
                       .time = &time,
                       .log = &log,
                       .pass = &pass,
                       .meters = &of_routes,
                       .name = settings.server.name,
                       .retry_after = settings.cache.refresh_retry,
                       .max_entry = settings.cache.max_entry});
    route_handler routes({.store = &store,
                          .epochs = &epochs,
                          .copies = &copies,
                          .meters = &of_routes,
                          .fetch = &fetch,
                          .pass = &pass,
                          .pools = *pools,
                          .places = what.places,
                          .time = &time,
                          .log = &log,
                          .name = settings.server.name,
                          .if_unreachable = settings.cache.stale_if_unreachable});
    const openapi_handler openapi(settings, schemas, time);
    handle_request handler(what.settings, what.places, openapi, views, routes, log, time);
    server for_public({.listen = settings.server.listen,
                       .limits = affordable_limits(settings, io_thread_count, log),
                       .tls = tls,
                       .connections = nullptr,
                       .id_seed = random_seed()},
                      handler, time);
    const auto gauges = observe(registry, {&store, &refresh, pools->get(), &for_public});
    std::atomic<bool> stopping{false};
    admin_handler admin(
        {.token = settings.admin.tokens.empty() ? std::string() : settings.admin.tokens.front().token,
         .why_not_ready = [&pools, &stopping] { return stopping ? "stopping" : why_not_ready(**pools); },
         .metrics = [&registry] { return registry.exposition(); }});
    config::client_limits admin_limits = settings.server.limits;
    admin_limits.connections = std::min(admin_limits.connections, most_admin_connections);
    server for_admin({.listen = settings.admin.listen,
                      .limits = admin_limits,
                      .tls = nullptr,
                      .connections = nullptr,
                      .id_seed = random_seed()},
                     admin, time);

    running_servers servers(for_public, for_admin, settings, log, stopping);
    if (!servers.start(threads)) return 1;
    (*pools)->start();
    warm.start();
    threads.run(log_thrown);
    const steady_time leave_by = servers.run_until_stopped();

    // Refreshes behind may still be under way: they get what is left of the drain. Connections that were just closed
    // need a moment to wind up even where nothing is left.
    constexpr milliseconds moment{100};
    (*pools)->shutdown();
    warm.stop();
    ahead.stop();
    threads.let_go();
    const bool in_time = threads.join_until(std::max(leave_by, std::chrono::steady_clock::now() + moment));
    log.info("stopped", {{"refreshes_left", refresh.under_way() + fetch.under_way()}});
    // Coroutines that are stuck hold connections of contexts that are about to go: leave them to the system.
    if (!in_time) std::_Exit(0);
    workers.stop();
    return 0;
}

}  // namespace nearside::proxy
