#include "proxy/generation.h"

#include <boost/asio/post.hpp>

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace nearside::proxy {

namespace {

// 0 up to 1; for one thread at a time.
std::function<double()> random_fractions() {
    return [generator = std::minstd_rand(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>()(generator);
    };
}

}  // namespace

result<std::shared_ptr<generation>> generation::create(const configuration& what, process& within,
                                                       const generation* before) {
    auto pools = upstreams::create(what.settings, {.executors = within.threads.executors(), .log = &within.log},
                                   before == nullptr ? nullptr : before->pools_.get());
    if (!pools) return pools.error();
    // Its parts need something to hold before it is whole. Whoever lets go of it last may be in the midst of serving
    // clients: the main thread does the work.
    using place = std::optional<generation>;
    const std::shared_ptr<place> made(new place, [home = within.main_thread.get_executor()](place* over) {
        boost::asio::post(home, [over = std::unique_ptr<place>(over)]() mutable { over.reset(); });
    });
    made->emplace(what, *std::move(pools), within, owner(made), before);
    return std::shared_ptr<generation>(made, &**made);
}

generation::generation(const configuration& what, std::shared_ptr<upstreams> pools, process& within, const owner& self,
                       const generation* before)
    : process_(within),
      settings_(what.settings),
      places_(what.places),
      pools_(std::move(pools)),
      of_views_(within.registry, *places_),
      of_routes_(within.registry, *places_),
      speculating_(within.recipes, within.time, of_views_),
      schemas_(self, settings_, *places_, within.workers.executor(), within.second.get(), within.time,
               before == nullptr ? nullptr : &before->schemas_),
      refresh_(refreshes(self)),
      ahead_(renewals(self)),
      warm_(warming(self)),
      views_(within.store, within.second.get(), within.epochs, within.copies, refresh_, of_views_, ahead_, within.time,
             settings_->server.name, settings_->limits.view_time),
      streams_(streaming(self)),
      pass_(settings_->server.name, &within.log),
      fetch_(fetches(self)),
      routes_(answers()),
      openapi_(*settings_, schemas_, within.time),
      webhooks_(settings_->webhooks, {.invalidations = &within.invalidations,
                                      .seen = &within.webhooks_seen,
                                      .nodes = within.nodes.get(),
                                      .time = &within.time,
                                      .log = &within.log}),
      handler_(settings_, places_, openapi_, webhooks_, views_, streams_, routes_, within.log, within.time) {}

refresh_environment generation::refreshes(const owner& self) {
    return {.held_by = self,
            .store = &process_.store,
            .second = process_.second.get(),
            .nodes = process_.nodes.get(),
            .epochs = &process_.epochs,
            .steps = &process_.steps,
            .speculating = &speculating_,
            .schemas = &schemas_,
            .pools = pools_,
            .executors = process_.threads.executors(),
            .workers = process_.workers.executor(),
            .time = &process_.time,
            .log = &process_.log,
            .name = settings_->server.name,
            .retry_after = settings_->cache.refresh_retry,
            .meters = &of_views_,
            .published = [this](const std::string& key, milliseconds fresh,
                                milliseconds stale) { ahead_.published(key, fresh, stale); },
            .announced = [this](const cache::entry_ptr& made,
                                const cache::entry_ptr& before) { process_.streams.published(made, before); },
            .failed = [this](const std::string& key, const problem& why,
                             bool is_upstream_trouble) { process_.streams.failed(key, why, is_upstream_trouble); },
            .withdrawn = [this](const std::string& key, const problem& why) { process_.streams.refused(key, why); }};
}

refresh_ahead::environment generation::renewals(const owner& self) {
    return {.held_by = self,
            .refresh = &refresh_,
            .store = &process_.store,
            .time = &process_.time,
            .home = process_.threads.executors().front(),
            .at_once = settings_->cache.refresh_ahead,
            .random = random_fractions()};
}

warm_environment generation::warming(const owner& self) {
    return {.held_by = self,
            .places = places_,
            .ahead = &ahead_,
            .refresh = &refresh_,
            .steps = &process_.steps,
            .pools = pools_,
            .home = process_.threads.executors().front(),
            .workers = process_.workers.executor(),
            .time = &process_.time,
            .log = &process_.log,
            .registry = &process_.registry,
            .via = settings_->server.name,
            .random = random_fractions()};
}

view_streams::environment generation::streaming(const owner& self) {
    return {.held_by = self,
            .hub = &process_.streams,
            .store = &process_.store,
            .epochs = &process_.epochs,
            .refresh = &refresh_,
            .places = places_,
            .settings = settings_,
            .time = &process_.time};
}

std::optional<refresh_order> generation::as_configured(const refresh_order& order) const {
    const std::shared_ptr<const view> of = places_->find_view(order.target->of->name);
    if (!of || of->mark != order.target->of->mark) return std::nullopt;
    refresh_order same = order;
    auto target = std::make_shared<view_target>(*order.target);
    target->of = of;
    same.target = std::move(target);
    return same;
}

route_environment generation::fetches(const owner& self) {
    return {.held_by = self,
            .store = &process_.store,
            .second = process_.second.get(),
            .nodes = process_.nodes.get(),
            .epochs = &process_.epochs,
            .pools = pools_,
            .executors = process_.threads.executors(),
            .time = &process_.time,
            .log = &process_.log,
            .pass = &pass_,
            .meters = &of_routes_,
            .name = settings_->server.name,
            .retry_after = settings_->cache.refresh_retry,
            .max_entry = settings_->cache.max_entry};
}

route_handler_environment generation::answers() {
    return {.store = &process_.store,
            .second = process_.second.get(),
            .epochs = &process_.epochs,
            .invalidations = &process_.invalidations,
            .copies = &process_.copies,
            .meters = &of_routes_,
            .fetch = &fetch_,
            .pass = &pass_,
            .pools = pools_,
            .places = places_,
            .time = &process_.time,
            .log = &process_.log,
            .name = settings_->server.name,
            .if_unreachable = settings_->cache.stale_if_unreachable};
}

void generation::start(generation* before) {
    if (before == nullptr) schemas_.recall();
    if (before != nullptr) ahead_.take_over(before->ahead_, *places_);
    warm_.start();
}

void generation::retire() {
    warm_.stop();
    ahead_.stop();
}

}  // namespace nearside::proxy
