#include "cache/cluster_flights.h"

#include "cache/wire_bytes.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

// Keys: lease. Arguments: token, milliseconds. Answers 0: taken; else how long another holds it for.
constexpr std::string_view take_script = R"(
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
return math.max(1, redis.call('PTTL', KEYS[1]))
)";

// Keys: lease. Arguments: token, milliseconds.
constexpr std::string_view renew_script = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)";

// Keys: lease. Arguments: token. Only its holder lets go of it.
constexpr std::string_view end_script = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)";

}  // namespace

cluster_flights::cluster_flights(parts given)
    : parts_(std::move(given)),
      channel_(parts_.keys.channel("flights")),
      take_(std::make_shared<redis_script>(std::string(take_script))),
      renew_(std::make_shared<redis_script>(std::string(renew_script))),
      end_(std::make_shared<redis_script>(std::string(end_script))),
      renewal_(parts_.home),
      led_(parts_.registry.make_counter("nearside_cluster_flights_total", "Flights that the nodes share, by part taken",
                                        {{"part", "led"}})),
      waited_(parts_.registry.make_counter("nearside_cluster_flights_total",
                                           "Flights that the nodes share, by part taken", {{"part", "waited"}})),
      expired_(parts_.registry.make_counter("nearside_cluster_flights_total",
                                            "Flights that the nodes share, by part taken", {{"part", "expired"}})),
      unwritten_(parts_.registry.make_counter(
          "nearside_cluster_flights_total", "Flights that the nodes share, by part taken", {{"part", "unwritten"}})) {}

std::shared_ptr<cluster_flights> cluster_flights::start(parts given) {
    auto made = std::make_shared<cluster_flights>(std::move(given));
    const std::weak_ptr<cluster_flights> weak = made;
    redis_subscription_events events;
    events.on_message = [weak](std::string_view, std::string_view payload) {
        if (const auto self = weak.lock()) self->hear(payload);
    };
    events.on_up = [weak] {
        if (const auto self = weak.lock()) self->up_ = true;
    };
    // Events may be missed: who waits looks for himself.
    events.on_down = [weak] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->up_ = false;
        for (const auto& [key, each] : self->waiting_)
            each->wake.cancel();
    };
    made->subscription_ = made->parts_.subscribe({made->channel_}, std::move(events));
    return made;
}

asio::awaitable<cluster_flights::verdict> cluster_flights::join(std::shared_ptr<cluster_flights> self, std::string key,
                                                                milliseconds limit, milliseconds patience) {
    if (!self->up_.load(std::memory_order_relaxed) || !self->parts_.redis->available()) co_return verdict::alone;
    asio::any_io_executor home = self->parts_.home;
    auto joining = join_here(std::move(self), std::move(key), limit, patience);
    co_return co_await asio::co_spawn(home, std::move(joining), asio::use_awaitable);
}

asio::awaitable<std::int64_t> cluster_flights::take(std::string key, std::string token, milliseconds patience) {
    redis_script::call call{{parts_.keys.lease(key)}, {std::move(token), std::to_string(parts_.limits.lease.count())}};
    auto running = run_script(parts_.redis, take_, std::move(call), patience);
    const result<redis_reply> reply = co_await std::move(running);
    co_return reply && reply->is(redis_reply::kind::integer) ? reply->integer : -1;
}

asio::awaitable<cluster_flights::verdict> cluster_flights::join_here(std::shared_ptr<cluster_flights> self,
                                                                     std::string key, milliseconds limit,
                                                                     milliseconds patience) {
    const auto& limits = self->parts_.limits;
    const steady_time until = std::chrono::steady_clock::now() + limit;
    while (!self->stopped_ && self->up_) {
        if (self->held_.size() + self->waiting_.size() >= limits.leases || self->held_.contains(key)) break;
        // Before it asks, so that no end is missed.
        const auto waits = std::make_shared<waiter>(waiter{asio::steady_timer(self->parts_.home)});
        const auto place = self->waiting_.emplace(key, waits);
        std::string token = self->parts_.name + std::to_string(++self->last_token_);
        auto taking = self->take(key, token, std::min(patience, limits.patience));
        patience = limits.patience;
        const std::int64_t left = co_await std::move(taking);
        const steady_time asked = std::chrono::steady_clock::now();
        if (left > 0 && !waits->told && self->up_) {
            waits->wake.expires_at(std::min(until, asked + std::min(milliseconds{left}, limits.ask_again)));
            const auto [ignored] = co_await waits->wake.async_wait(asio::as_tuple(asio::use_awaitable));
            static_cast<void>(ignored);
        }
        self->waiting_.erase(place);
        if (left == 0) {
            const steady_time last = std::chrono::steady_clock::now() + limits.longest;
            self->held_.emplace(std::move(key), holding{.token = std::move(token), .until = last});
            self->led_.add();
            if (!std::exchange(self->renewing_, true)) asio::co_spawn(self->parts_.home, renew(self), asio::detached);
            co_return verdict::leads;
        }
        if (left < 0) {
            // It may have been taken all the same, and nobody else would let go of it.
            self->spawn_end({std::move(key), false, {}, true, std::move(token)});
            break;
        }
        if (waits->ended) {
            self->waited_.add();
            co_return verdict::ended;
        }
        const steady_time woken = std::chrono::steady_clock::now();
        if (woken >= until) break;
        if (woken >= asked + milliseconds{left}) self->expired_.add();
    }
    co_return verdict::alone;
}

asio::awaitable<void> cluster_flights::renew(std::shared_ptr<cluster_flights> self) {
    while (!self->held_.empty() && !self->stopped_) {
        self->renewal_.expires_after(self->parts_.limits.renew_pause);
        const auto [woken] = co_await self->renewal_.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);
        if (self->stopped_) break;
        const steady_time now = std::chrono::steady_clock::now();
        std::erase_if(self->held_, [now](const auto& each) { return each.second.until <= now; });
        const std::string lease = std::to_string(self->parts_.limits.lease.count());
        std::vector<redis_script::call> calls;
        for (const auto& [key, held] : self->held_)
            calls.push_back({{self->parts_.keys.lease(key)}, {held.token, lease}});
        if (calls.empty()) break;
        // One that is lost meanwhile is another's: what is made under it is still good, and compared where it is kept.
        auto running = run_script(self->parts_.redis, self->renew_, std::move(calls), self->parts_.limits.lease);
        const auto renewed = co_await std::move(running);
        static_cast<void>(renewed);
    }
    self->renewing_ = false;
}

void cluster_flights::is_stored_here(std::string key, std::uint64_t bytes) {
    const milliseconds patience =
        parts_.limits.to_write + milliseconds(static_cast<std::int64_t>(bytes / parts_.limits.written_per_millisecond));
    auto waiting = end_unless_written(shared_from_this(), std::move(key), patience);
    asio::co_spawn(parts_.home, std::move(waiting), asio::detached);
}

asio::awaitable<void> cluster_flights::end_unless_written(std::shared_ptr<cluster_flights> self, std::string key,
                                                          milliseconds patience) {
    const auto led = self->held_.find(key);
    if (led == self->held_.end() || self->stopped_) co_return;
    holding& its = led->second;
    if (its.unwritten) its.unwritten->cancel();
    its.unwritten = std::make_shared<asio::steady_timer>(self->parts_.home, patience);
    const auto timer = its.unwritten;
    // Cut short by its end, and by stop().
    const auto [cancelled] = co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    const auto held = self->held_.find(key);
    if (cancelled || held == self->held_.end() || held->second.unwritten != timer) co_return;
    self->unwritten_.add();
    self->spawn_end({std::move(key), false, {}, true});
}

void cluster_flights::spawn_end(ending of) {
    auto detached_ending = end_here(shared_from_this(), std::move(of));
    asio::co_spawn(parts_.home, std::move(detached_ending), asio::detached);
}

asio::awaitable<void> cluster_flights::end_here(std::shared_ptr<cluster_flights> self, ending of) {
    std::string token = std::move(of.token);
    if (const auto held = self->held_.find(of.key); token.empty() && held != self->held_.end()) {
        token = std::move(held->second.token);
        if (held->second.unwritten) held->second.unwritten->cancel();
        self->held_.erase(held);
    }
    if (token.empty() && of.only_led) co_return;
    // The lease first: who hears of the end and finds nothing that will do takes it. Where Redis is away for a moment,
    // others would wait for a lease that nobody uses: it is tried until it has expired.
    const steady_time expired = std::chrono::steady_clock::now() + self->parts_.limits.lease;
    bool let_go = token.empty();
    while (!let_go && !self->stopped_ && std::chrono::steady_clock::now() < expired) {
        if (self->parts_.redis->available()) {
            redis_script::call call{{self->parts_.keys.lease(of.key)}, {token}};
            auto running = run_script(self->parts_.redis, self->end_, std::move(call), self->parts_.limits.lease);
            const result<redis_reply> reply = co_await std::move(running);
            let_go = reply.has_value();
        }
        if (let_go) break;
        asio::steady_timer pause(self->parts_.home, self->parts_.limits.ask_again);
        const auto [ignored] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(ignored);
    }
    if (!self->parts_.redis->available()) co_return;
    byte_writer told;
    told.number(static_cast<std::uint8_t>(of.stored));
    told.text(self->parts_.name);
    told.text(of.key);
    told.text(of.etag);
    redis_command publish("", {"PUBLISH", self->channel_, told.written()});
    const result<redis_reply> heard = co_await self->parts_.redis->run(std::move(publish), self->parts_.limits.lease);
    static_cast<void>(heard);
}

void cluster_flights::hear(std::string_view payload) {
    byte_reader from(payload);
    const bool stored = from.number<std::uint8_t>() == 1;
    const std::string_view name = from.text();
    const std::string key(from.text());
    const std::string etag(from.text());
    if (!from.ok() || name == parts_.name || stopped_) return;
    const auto [first, end] = waiting_.equal_range(key);
    for (auto at = first; at != end; ++at) {
        at->second->told = true;
        at->second->ended = at->second->ended || stored;
        at->second->wake.cancel();
    }
    if (stored && told_) told_(key, etag);
}

void cluster_flights::stop() {
    asio::dispatch(parts_.home, [self = shared_from_this()] {
        self->stopped_ = true;
        for (const auto& [key, each] : self->waiting_)
            each->wake.cancel();
        for (const auto& [key, each] : self->held_) {
            if (each.unwritten) each.unwritten->cancel();
        }
        self->renewal_.cancel();
        if (self->subscription_ != nullptr) self->subscription_->stop();
    });
}

}  // namespace nearside::cache
