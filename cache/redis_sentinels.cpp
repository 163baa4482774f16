#include "cache/redis_sentinels.h"

#include "cache/redis_answers.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

struct redis_sentinels::round {
    explicit round(const asio::any_io_executor& home) : changed(home) {}

    std::optional<redis_endpoint> found;
    error failure{errc::redis_unavailable, "no Sentinel is named"};
    std::size_t open = 0;
    asio::steady_timer changed;  // cancelled by who changes something

    asio::awaitable<void> wait(steady_time until) {
        changed.expires_at(until);
        const auto [woken] = co_await changed.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);
    }
};

asio::awaitable<result<redis_endpoint>> redis_sentinels::primary() {
    const auto asked = std::make_shared<round>(home_);
    const std::size_t count = dialer_->settings().endpoints.size();
    const steady_time begun = std::chrono::steady_clock::now();
    const std::size_t first = knew_ + (begun - std::exchange(asked_, begun) < soon ? 1 : 0);
    for (std::size_t at = 0; at < count && !asked->found && !stopped_; ++at) {
        ++asked->open;
        asio::co_spawn(home_, ask_in(asked, shared_from_this(), (first + at) % count), asio::detached);
        const steady_time next = std::chrono::steady_clock::now() + patience;
        while (!asked->found && asked->open > 0 && std::chrono::steady_clock::now() < next)
            co_await asked->wait(next);
    }
    while (!asked->found && asked->open > 0)
        co_await asked->wait(steady_time::max());
    if (!asked->found) co_return asked->failure;
    co_return *asked->found;
}

asio::awaitable<void> redis_sentinels::ask_in(std::shared_ptr<round> asked, std::shared_ptr<redis_sentinels> self,
                                              std::size_t which) {
    auto found = co_await self->ask(self->dialer_->settings().endpoints[which]);
    --asked->open;
    if (!found) {
        asked->failure = found.error();
    } else if (!asked->found) {
        asked->found = std::move(*found);
        self->knew_ = which;
    }
    asked->changed.cancel();
}

asio::awaitable<result<redis_endpoint>> redis_sentinels::ask(redis_endpoint sentinel) {
    const auto& settings = dialer_->settings();
    const auto connection = std::make_shared<redis_connection>(home_);
    std::erase_if(asking_, [](const std::weak_ptr<redis_connection>& each) { return each.expired(); });
    asking_.push_back(connection);
    const auto opened = co_await dialer_->open(connection, sentinel, redis_dialer::peer::sentinel);
    if (!opened) co_return error{errc::redis_unavailable, "Sentinel: " + opened.error().detail};
    const redis_connection::time_limit limit(connection, std::chrono::steady_clock::now() + settings.connect_timeout);
    std::vector<redis_command> question;
    question.push_back(redis_command("", {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", settings.primary}));
    const auto replies = co_await connection->ask(std::move(question));
    connection->close();
    if (!replies) co_return error{errc::redis_unavailable, "Sentinel: " + replies.error().detail};
    const auto found = primary_address(replies->front());
    if (!found)
        co_return error{errc::redis_unavailable, "a Sentinel doesn't know the primary `" + settings.primary + "`"};
    co_return *found;
}

redis_endpoint redis_sentinels::next_to_hear() {
    const auto& sentinels = dialer_->settings().endpoints;
    return sentinels[(knew_ + heard_++) % sentinels.size()];
}

void redis_sentinels::stop() {
    stopped_ = true;
    for (const auto& each : asking_) {
        if (const auto connection = each.lock()) connection->close();
    }
}

}  // namespace nearside::cache
