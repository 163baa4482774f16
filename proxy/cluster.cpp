#include "proxy/cluster.h"

#include "cache/invalidation_log.h"
#include "cache/redis_client_commands.h"
#include "proxy/invalidator.h"
#include "proxy/second_tier.h"

#include <fmt/format.h>

#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

// What begins so is shared by flights (cache/key.h).
constexpr std::string_view view_keys = "view:";

// How the log and the flights reach Redis, which begin alike.
auto subscriber(second_tier& redis) {
    return [&client = redis.client()](std::vector<std::string> channels, cache::redis_subscription_events events) {
        return client.subscribe(std::move(channels), std::move(events));
    };
}

std::uint64_t random_number() {
    std::random_device seed;
    const std::uint64_t low = seed();
    return low | static_cast<std::uint64_t>(seed()) << 32;
}

}  // namespace

cluster::cluster(const parts& with) : parts_(with), name_(fmt::format("{:016x}", random_number())) {}

cluster::~cluster() {
    stop();
    // Those who live longer than the thread of Redis let go of what has timers on it.
    parts_.invalidations->use(nullptr, milliseconds{0}, {});
    parts_.redis->tell_put({});
    parts_.redis->tell_written({});
}

void cluster::start() {
    second_tier& redis = *parts_.redis;
    const config::redis_settings& settings = redis.settings();
    cache::invalidation_log_limits limits;
    limits.tell_timeout = settings.command_timeout;
    log_ = cache::invalidation_log::start({.home = redis.home(),
                                           .redis = std::make_shared<cache::redis_client_commands>(redis.client()),
                                           .keys = redis.keys(),
                                           .name = name_,
                                           .subscribe = subscriber(redis),
                                           .target = parts_.invalidations,
                                           .gate = parts_.gate,
                                           .moment = [epochs = parts_.epochs] { return epochs->now(); },
                                           .time = &parts_.time,
                                           .random = random_number,
                                           .log = &parts_.log,
                                           .on_step =
                                               [this] {
                                                   if (!std::exchange(stepped_, true)) first_step_.set_value();
                                               },
                                           .on_left = [this] { leaves_.set_value(); },
                                           .meters = cache::invalidation_meters(parts_.registry),
                                           .limits = limits});
    parts_.invalidations->use(log_, settings.request_timeout,
                              [&store = redis.store()](const std::string& key) { store.erase(key); });
    start_flights();
}

boost::asio::awaitable<bool> cluster::is_first(std::string name, milliseconds remembered) const {
    const second_tier& redis = *parts_.redis;
    if (!parts_.redis->client().available()) co_return true;
    const std::string key = redis.keys().shared(name);
    cache::redis_command command("", {"SET", key, "1", "NX", "PX"});
    command.add(remembered.count());
    auto asking = parts_.redis->client().run(std::move(command), redis.settings().request_timeout);
    const result<cache::redis_reply> reply = co_await std::move(asking);
    co_return !reply || !reply->is_nil();
}

void cluster::start_flights() {
    second_tier& redis = *parts_.redis;
    cache::cluster_flight_limits limits;
    limits.patience = limits.to_write = redis.settings().request_timeout / 2;
    flights_ = cache::cluster_flights::start({.home = redis.home(),
                                              .redis = std::make_shared<cache::redis_client_commands>(redis.client()),
                                              .keys = redis.keys(),
                                              .name = name_,
                                              .subscribe = subscriber(redis),
                                              .registry = parts_.registry,
                                              .limits = limits});
    flights_->on_stored(stored_elsewhere_);
    redis.tell_put(
        [flights = flights_](const cache::entry& of) { flights->is_stored_here(of.key, of.content.size()); });
    redis.tell_written([flights = flights_](const cache::entry& of, cache::redis_wrote what) {
        const bool there = what == cache::redis_wrote::whole || what == cache::redis_wrote::head_alone ||
                           what == cache::redis_wrote::older;
        // Views are followed on other nodes, too.
        if (of.key.starts_with(view_keys))
            flights->end(of.key, there, std::string(of.etag()));
        else
            flights->end_if_led(of.key, there);
    });
}

boost::asio::awaitable<cache::cluster_flights::verdict> cluster::join(std::string key, milliseconds limit,
                                                                      tier_budget_ptr budget) const {
    using verdict = cache::cluster_flights::verdict;
    tier_wait waits(std::move(budget), parts_.time);
    if (!waits.may_begin()) co_return verdict::alone;
    auto joining = cache::cluster_flights::join(flights_, std::move(key), limit, waits.patience());
    const verdict joined = co_await std::move(joining);
    // It was another node's upstream that took that long.
    if (joined == verdict::ended) waits.forgive();
    co_return joined;
}

void cluster::let_go(std::string key) const {
    flights_->end_if_led(std::move(key), false);
}

void cluster::wait_in_step(milliseconds limit) {
    if (parts_.redis->client().available()) first_step_.get_future().wait_for(limit);
}

void cluster::stop() {
    if (flights_ != nullptr) flights_->stop();
    if (log_ == nullptr) return;
    log_->stop();
    if (parts_.redis->client().available()) left_.wait_for(parts_.redis->settings().request_timeout);
}

}  // namespace nearside::proxy
