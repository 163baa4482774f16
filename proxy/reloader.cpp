#include "proxy/reloader.h"

#include "proxy/settings_kept.h"
#include "proxy/wakeup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr milliseconds look_at_connections_again{10};  // until connections stand

counter& reloads(metrics& registry, const char* outcome) {
    return registry.make_counter("nearside_reloads_total", "Readings of the configuration since the start",
                                 {{"outcome", outcome}});
}

std::string listed(const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& each : all)
        text.append(text.empty() ? "" : ", ").append(each);
    return text;
}

}  // namespace

reloader::reloader(std::string file, process& within, generations& all, std::function<void(certificates)> use)
    : file_(std::move(file)),
      process_(within),
      all_(all),
      use_(std::move(use)),
      taken_(reloads(within.registry, "taken")),
      refused_(reloads(within.registry, "refused")),
      loaded_(within.registry.make_gauge("nearside_configuration_loaded_seconds",
                                         "When the configuration that is served was read, in Unix time")),
      pause_(within.main_thread) {
    loaded_.set(std::chrono::floor<std::chrono::seconds>(within.time.wall_now()).time_since_epoch().count());
}

asio::awaitable<reload_outcome> reloader::ask() {
    const auto home = co_await asio::this_coro::executor;
    const auto woken = std::make_shared<wakeup>(home);
    const auto told = std::make_shared<reload_outcome>();
    asio::post(process_.main_thread, [this, woken, told] {
        begin([woken, told](const reload_outcome& outcome) {
            *told = outcome;
            woken->signal();
        });
    });
    co_await woken->wait();
    co_return std::move(*told);
}

void reloader::begin(std::function<void(const reload_outcome&)> done) {
    waiting_.push_back(std::move(done));
    if (stopped_) return stop();
    if (std::exchange(under_way_, true)) return;
    asio::co_spawn(process_.main_thread, run(), asio::detached);
}

void reloader::stop() {
    stopped_ = true;
    pause_.cancel();
    const reload_outcome stopping{.taken = false, .complaints = {"the process is stopping"}, .needs_restart = {}};
    for (auto* const waiting : {&being_served_, &waiting_}) {
        for (const auto& each : std::exchange(*waiting, {}))
            each(stopping);
    }
}

asio::awaitable<void> reloader::run() {
    while (!waiting_.empty()) {
        being_served_ = std::exchange(waiting_, {});
        reload_outcome outcome;
        try {
            auto loading = load();
            outcome = co_await std::move(loading);
        } catch (const std::exception& thrown) {
            outcome = {.taken = false, .complaints = {thrown.what()}, .needs_restart = {}};
        }
        if (stopped_) co_return;
        tell(outcome);
        for (const auto& each : std::exchange(being_served_, {}))
            each(outcome);
    }
    under_way_ = false;
}

asio::awaitable<reload_outcome> reloader::load() {
    configuration wanted = read_configuration(file_);
    reload_outcome outcome;
    for (const config::complaint& each : wanted.complaints)
        outcome.complaints.push_back(each.to_string());
    if (!outcome.complaints.empty()) co_return outcome;

    const auto settings = std::make_shared<config::settings>(*wanted.settings);
    outcome.needs_restart = keep_settings(*all_.current()->settings(), *settings);
    wanted.settings = settings;

    result<certificates> renewed = load_certificates(*settings);
    if (!renewed) {
        outcome.complaints.push_back(renewed.error().detail);
        co_return outcome;
    }
    auto next = all_.make(wanted);
    if (!next) {
        outcome.complaints.push_back(next.error().detail);
        co_return outcome;
    }
    (*next)->pools().start();
    auto waiting = wait_until_ready(*next);
    co_await std::move(waiting);
    if (stopped_) co_return outcome;
    auto turning = turn_to(*std::move(next));
    co_await std::move(turning);
    use_(*std::move(renewed));
    outcome.taken = true;
    co_return outcome;
}

asio::awaitable<void> reloader::wait_until_ready(std::shared_ptr<generation> next) {
    const steady_time until = process_.time.steady_now() + longest_wait;
    while (!stopped_ && !next->pools().ready() && process_.time.steady_now() < until) {
        pause_.expires_after(look_at_connections_again);
        boost::system::error_code ignored;
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    for (const auto& [name, pool] : next->pools().all()) {
        if (!pool->ready()) process_.log.warning("warm connections are not up yet", {{"upstream", name}});
    }
}

asio::awaitable<void> reloader::turn_to(std::shared_ptr<generation> next) {
    const auto turned = std::make_shared<wakeup>(process_.main_thread.get_executor());
    all_.turn_to(next, turned->signaller());
    co_await turned->wait();
}

void reloader::tell(const reload_outcome& outcome) {
    (outcome.taken ? taken_ : refused_).add();
    for (const std::string& each : outcome.complaints)
        process_.log.error("configuration complaint", {{"complaint", each}});
    if (!outcome.taken) {
        process_.log.error("reload refused", {{"file", file_}, {"complaints", outcome.complaints.size()}});
        return;
    }
    loaded_.set(std::chrono::floor<std::chrono::seconds>(process_.time.wall_now()).time_since_epoch().count());
    if (!outcome.needs_restart.empty())
        process_.log.warning("settings need a restart", {{"keys", listed(outcome.needs_restart)}});
    process_.log.info("reloaded", {{"file", file_}});
}

}  // namespace nearside::proxy
