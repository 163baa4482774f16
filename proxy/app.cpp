#include "proxy/app.h"

#include "core/heap.h"
#include "proxy/admin_handler.h"
#include "proxy/certificates.h"
#include "proxy/cluster.h"
#include "proxy/descriptor_budget.h"
#include "proxy/gauges.h"
#include "proxy/generations.h"
#include "proxy/process.h"
#include "proxy/reloader.h"
#include "proxy/running_servers.h"
#include "proxy/second_tier.h"
#include "proxy/server.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

// That what was just stored may take to be written to the second tier.
constexpr milliseconds last_writes{5'000};
// Without it, the first requests don't find what an earlier process has stored.
constexpr milliseconds longest_step_in{250};

std::uint64_t random_seed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
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

server_options public_options(const config::settings& settings, const process& within, const certificates& tls) {
    return {.listen = settings.server.listen,
            .limits = affordable_limits(settings, within.io_thread_count, within.log),
            .tls = tls.for_public,
            .connections = nullptr,
            .id_seed = random_seed()};
}

server_options admin_options(const config::settings& settings, const certificates& tls) {
    config::client_limits limits = settings.server.limits;
    limits.connections = std::min(limits.connections, most_admin_connections);
    return {.listen = settings.admin.listen,
            .limits = limits,
            .tls = tls.for_admin,
            .connections = nullptr,
            .id_seed = random_seed()};
}

// Members in the order of use, destroyed in the opposite one.
class application {
public:
    application(const configuration& what, process& within, std::shared_ptr<generation> first, const certificates& tls)
        : process_(within),
          all_(within, std::move(first)),
          for_public_(public_options(*what.settings, within, tls), all_.fronts(), within.time),
          access_(what.settings->admin.tokens, what.settings->admin.calls_a_second, within.time.steady_now()),
          entries_({.store = &within.store,
                    .epochs = &within.epochs,
                    .settings = [this] { return all_.current()->settings(); },
                    .places = [this] { return all_.current()->places(); },
                    .workers = within.workers.executor(),
                    .time = &within.time}),
          admin_(admin_parts()),
          for_admin_(admin_options(*what.settings, tls), admin_, within.time),
          reloads_(what.file, within, all_, [this](const certificates& renewed) { use(renewed); }),
          observed_(observe(within.registry, {&within.store, &all_, &for_public_})),
          of_pools_(within.registry, all_),
          servers_(within, {.for_public = &for_public_,
                            .for_admin = &for_admin_,
                            .now = &now_,
                            .stopping =
                                [this] {
                                    // Who asked for one is answered while its connection is still there.
                                    reloads_.stop();
                                    process_.streams.move_away();
                                },
                            .drain_timeout = [this] { return all_.current()->settings()->server.drain_timeout; },
                            .hang_up = [this] { reloads_.begin([](const reload_outcome&) {}); }}) {}

    int run(const config::settings& settings);

private:
    admin_handler::parts admin_parts();
    std::string why_not_ready();
    void use(const certificates& renewed);
    drain_outcome drain();
    void wind_up();
    void wait_for_calls();
    void end_threads();
    void write_what_is_left();
    [[noreturn]] void leave_at_once();

    process& process_;
    std::atomic<phase> now_{phase::serving};
    std::atomic<bool> was_ready_{false};
    generations all_;
    server for_public_;
    admin_access access_;
    const admin_entries entries_;
    admin_handler admin_;
    server for_admin_;
    reloader reloads_;
    const std::vector<metrics::observation> observed_;
    pool_gauges of_pools_;
    running_servers servers_;
};

admin_handler::parts application::admin_parts() {
    return {.access = &access_,
            .entries = &entries_,
            .why_not_ready = [this] { return why_not_ready(); },
            .metrics = [this] { return process_.registry.exposition(); },
            .invalidate =
                [this](cache::invalidation_order order) { return process_.invalidations.apply(std::move(order)); },
            .reload = [this] { return reloads_.ask(); },
            .drain = [this] { return drain(); },
            .log = &process_.log,
            .time = &process_.time};
}

// What a reload adds is no reason to take a process out of service that answers: every node would go at once.
std::string application::why_not_ready() {
    const phase now = now_;
    if (now == phase::stopping) return "stopping";
    if (now == phase::draining) return "draining";
    if (was_ready_) return {};
    std::string waiting;
    for (const auto& [name, pool] : all_.current()->pools().all()) {
        if (!pool->ready()) waiting += "warm connections of upstream " + name + " are not up\n";
    }
    if (waiting.empty())
        was_ready_ = true;
    else
        waiting.pop_back();
    return waiting;
}

void application::use(const certificates& renewed) {
    if (renewed.for_public) for_public_.use_certificate(renewed.for_public);
    if (renewed.for_admin) for_admin_.use_certificate(renewed.for_admin);
    const config::admin_settings& admin = all_.current()->settings()->admin;
    access_.replace(admin.tokens, admin.calls_a_second, process_.time.steady_now());
    of_pools_.look_again();
}

drain_outcome application::drain() {
    phase serving = phase::serving;
    if (!now_.compare_exchange_strong(serving, phase::draining)) return {.already = true};
    process_.log.info("draining");
    // The connections first: a stream that ends has its connection close then.
    for_public_.see_off();
    process_.streams.move_away();
    return {};
}

int application::run(const config::settings& settings) {
    if (!servers_.start(settings)) return 1;
    if (process_.nodes) process_.nodes->start();
    if (process_.second) process_.second->start(process_.tell_thrown);
    if (process_.nodes) process_.nodes->wait_in_step(longest_step_in);
    all_.start();
    process_.threads.run(process_.tell_thrown);
    servers_.run_until_stopped();
    wind_up();
    return 0;
}

// Refreshes behind may still be under way: they get what is left of the drain.
void application::wind_up() {
    reloads_.stop();
    process_.streams.stop();
    all_.stop();
    wait_for_calls();
    end_threads();
    write_what_is_left();
    process_.log.info("stopped");
    all_.let_go();
}

// A thread that has nothing to do itself still watches connections that other threads' calls use: all stay till then.
void application::wait_for_calls() {
    constexpr milliseconds look_again{5};
    while (all_.runs() + all_.calls() > 0 && std::chrono::steady_clock::now() < servers_.leave_by())
        std::this_thread::sleep_for(look_again);
}

// Connections that were just closed need a moment to wind up even where nothing is left.
void application::end_threads() {
    constexpr milliseconds moment{100};
    process_.threads.let_go();
    const auto until = std::max(servers_.leave_by(), std::chrono::steady_clock::now() + moment);
    const bool in_time = process_.threads.join_until(until);
    const std::uint64_t left = all_.runs() + all_.calls();
    if (left > 0)
        process_.log.warning("calls were broken off", {{"refreshes", all_.runs()}, {"route_calls", all_.calls()}});
    if (in_time) return;
    // Coroutines that are stuck hold connections of contexts that are about to go: leave them to the system.
    leave_at_once();
}

void application::write_what_is_left() {
    const auto until = std::min(servers_.leave_by(), std::chrono::steady_clock::now() + last_writes);
    if (process_.nodes) process_.nodes->stop();
    if (process_.second && !process_.second->stop(until)) leave_at_once();
    process_.workers.stop();
    if (process_.second) process_.second->run_what_is_left();
    // Either may hold a generation.
    process_.threads.run_what_is_left();
    process_.workers.drop_queued();
}

void application::leave_at_once() {
    process_.log.info("stopped");
    std::_Exit(0);
}

}  // namespace

int run_app(const configuration& what, logger& log, const clock& time) {
    std::signal(SIGPIPE, SIG_IGN);
    use_one_heap();
    const result<certificates> tls = load_certificates(*what.settings);
    if (!tls) {
        log.error("cannot use the certificate", {{"error", tls.error().detail}});
        return 1;
    }
    process within(*what.settings, log, time);
    if (const result<void> opened = within.second ? within.second->open() : result<void>(); !opened) {
        log.error("cannot use redis", {{"redis", within.second->settings().where}, {"error", opened.error().detail}});
        return 1;
    }
    auto first = generation::create(what, within, nullptr);
    if (!first) {
        log.error("cannot use an upstream", {{"error", first.error().detail}});
        return 1;
    }
    application serving(what, within, *std::move(first), *tls);
    return serving.run(*what.settings);
}

}  // namespace nearside::proxy
