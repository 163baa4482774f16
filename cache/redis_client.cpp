#include "cache/redis_client.h"

#include "cache/redis_answers.h"
#include "cache/redis_nodes.h"
#include "cache/redis_now.h"
#include "cache/redis_subscription.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

using answers = std::vector<redis_client::answer>;

struct batch {
    std::vector<redis_command> commands;
    steady_time deadline{};
    answers results;
    std::size_t open = 0;
    std::function<void(answers)> finish;

    void settle(std::size_t which, result<redis_reply> got) {
        if (got && got->is_error()) {
            results[which] = error_of(*got);
        } else {
            results[which] = std::move(got);
        }
        if (--open == 0) std::exchange(finish, {})(std::move(results));
    }
};

}  // namespace

class redis_client::core : public std::enable_shared_from_this<core> {
public:
    core(asio::any_io_executor home, std::shared_ptr<const redis_dialer> dialer, logger& log)
        : home_(std::move(home)), dialer_(std::move(dialer)), log_(&log), first_look_(home_) {}

    // The others: on `home` alone.
    void start() {
        const auto self = weak_from_this();
        first_look_.expires_at(redis_now() + dialer_->settings().connect_timeout);
        first_look_.async_wait([self](const boost::system::error_code& cancelled) {
            const auto here = self.lock();
            if (!cancelled && here) here->look();
        });
        redis_nodes_parts parts{.home = home_, .dialer = dialer_};
        parts.on_change = [self] {
            if (const auto here = self.lock()) here->look();
        };
        parts.on_move = [self] {
            if (const auto here = self.lock()) here->move();
        };
        const bool cluster = dialer_->settings().topology == config::redis_settings::kind::cluster;
        nodes_ = cluster ? redis_cluster_nodes(std::move(parts)) : redis_single_node(std::move(parts));
    }

    void send(const std::shared_ptr<batch>& all) {
        for (std::size_t at = 0; at < all->commands.size(); ++at) {
            redis_done done = [all, at](result<redis_reply> got) { all->settle(at, std::move(got)); };
            if (stopped_ || nodes_ == nullptr) {
                done(error{errc::redis_unavailable, "shutting down"});
                continue;
            }
            nodes_->send(
                {std::shared_ptr<const redis_command>(all, &all->commands[at]), all->deadline, std::move(done)});
        }
    }

    void stop() {
        if (std::exchange(stopped_, true)) return;
        available_.store(false, std::memory_order_relaxed);
        first_look_.cancel();
        for (const auto& each : subscriptions_) {
            if (const auto open = each.lock()) open->stop();
        }
        if (nodes_ != nullptr) nodes_->stop();
    }

    void keep(const std::shared_ptr<redis_subscription>& made) {
        std::erase_if(subscriptions_, [](const auto& each) { return each.expired(); });
        subscriptions_.push_back(made);
        if (stopped_) made->stop();
    }

    void tell_deaf(const error& why) {
        if (stopped_) return;
        log_->warning("redis messages unavailable", {{"redis", dialer_->settings().where}, {"why", why.detail}});
    }

    static asio::awaitable<result<redis_endpoint>> home_node(std::shared_ptr<core> self) {
        if (self->stopped_ || self->nodes_ == nullptr) co_return error{errc::redis_unavailable, "shutting down"};
        co_return co_await self->nodes_->home_node();
    }

    // Any thread.
    const asio::any_io_executor& home() const noexcept { return home_; }
    const std::shared_ptr<const redis_dialer>& dialer() const noexcept { return dialer_; }
    bool available() const noexcept { return available_.load(std::memory_order_relaxed); }

private:
    void look() {
        if (stopped_ || nodes_ == nullptr) return;
        const bool now = nodes_->available();
        available_.store(now, std::memory_order_relaxed);
        if (told_ == now) return;
        const std::optional<error> why = now ? std::nullopt : nodes_->failure();
        // It is being connected for the first time, which is no trouble before it takes long.
        if (!now && !why && !told_ && redis_now() < first_look_.expiry()) return;
        told_ = now;
        const std::string& where = dialer_->settings().where;
        if (now) {
            log_->info("redis connected", {{"redis", where}});
        } else {
            log_->warning("redis unavailable",
                          {{"redis", where}, {"why", why ? why->detail : "no connection within `connect_timeout`"}});
        }
    }

    void move() {
        for (const auto& each : subscriptions_) {
            if (const auto open = each.lock()) open->reconnect();
        }
    }

    const asio::any_io_executor home_;
    const std::shared_ptr<const redis_dialer> dialer_;
    logger* log_;
    asio::steady_timer first_look_;
    std::shared_ptr<redis_nodes> nodes_;
    std::vector<std::weak_ptr<redis_subscription>> subscriptions_;
    std::optional<bool> told_;
    bool stopped_ = false;
    std::atomic<bool> available_{false};
};

result<std::unique_ptr<redis_client>> redis_client::create(asio::any_io_executor home,
                                                           std::shared_ptr<const config::redis_settings> settings,
                                                           logger& log) {
    auto dialer = redis_dialer::create(std::move(settings));
    if (!dialer) return dialer.error();
    auto made = std::make_shared<core>(home, std::move(*dialer), log);
    asio::post(home, [made] { made->start(); });
    return std::unique_ptr<redis_client>(new redis_client(std::move(made)));
}

redis_client::redis_client(std::shared_ptr<core> made) : core_(std::move(made)) {}

redis_client::~redis_client() {
    stop();
}

void redis_client::stop() {
    asio::post(core_->home(), [core = core_] { core->stop(); });
}

bool redis_client::available() const noexcept {
    return core_->available();
}

asio::awaitable<redis_client::answer> redis_client::run(redis_command command, milliseconds timeout) {
    std::vector<redis_command> one;
    one.push_back(std::move(command));
    auto all = co_await run_all(std::move(one), timeout);
    co_return std::move(all.front());
}

asio::awaitable<std::vector<redis_client::answer>> redis_client::run_all(std::vector<redis_command> commands,
                                                                         milliseconds timeout) {
    if (commands.empty()) co_return answers{};
    const auto all = std::make_shared<batch>();
    all->open = commands.size();
    all->results.resize(commands.size());
    all->commands = std::move(commands);
    all->deadline = std::chrono::steady_clock::now() + timeout;
    const auto begin = [core = core_](auto handler, std::shared_ptr<batch> begun) {
        const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        const auto executor = asio::get_associated_executor(*kept);
        // The caller's thread must not run out of work while it waits.
        begun->finish = [kept, working = asio::make_work_guard(executor)](answers given) {
            asio::post(working.get_executor(),
                       [kept, given = std::move(given)]() mutable { (*kept)(std::move(given)); });
        };
        asio::post(core->home(), [core, begun] { core->send(begun); });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(answers)>(begin, asio::use_awaitable,
                                                                                          all);
}

std::shared_ptr<redis_subscription> redis_client::subscribe(std::vector<std::string> channels,
                                                            redis_subscription_events events) {
    const auto& settings = core_->dialer()->settings();
    const bool sentinel = settings.topology == config::redis_settings::kind::sentinel;
    auto made = redis_subscription::start({.home = core_->home(),
                                           .dialer = core_->dialer(),
                                           .locate = [core = core_] { return core::home_node(core); },
                                           .who = sentinel ? redis_dialer::peer::primary : redis_dialer::peer::server,
                                           .channels = std::move(channels),
                                           .events = std::move(events),
                                           .on_failure = [core = core_](const error& why) { core->tell_deaf(why); }});
    asio::post(core_->home(), [core = core_, made] { core->keep(made); });
    return made;
}

}  // namespace nearside::cache
