#include "cache/redis_subscription.h"

#include "cache/redis_answers.h"
#include "cache/redis_now.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;
using boost::system::error_code;

redis_subscription::redis_subscription(parts given)
    : parts_(std::move(given)), watch_timer_(parts_.home), retry_timer_(parts_.home) {}

std::shared_ptr<redis_subscription> redis_subscription::start(parts given) {
    auto made = std::make_shared<redis_subscription>(std::move(given));
    asio::co_spawn(made->parts_.home, run(made), asio::detached);
    return made;
}

asio::awaitable<void> redis_subscription::run(std::shared_ptr<redis_subscription> self) {
    while (!self->stopped_) {
        const result<void> opened = co_await self->open();
        if (self->stopped_) break;
        error why;
        if (opened) {
            self->backoff_.connected(redis_now());
            self->confirmed_ = 0;
            self->heard_ = redis_now();
            self->watch();
            why = co_await self->listen(self->connection_);
            self->connection_->close();
            self->watch_timer_.cancel();
            const bool was_up = std::exchange(self->up_, false);
            if (self->stopped_) break;
            if (was_up && self->parts_.events.on_down) self->parts_.events.on_down();
        } else {
            why = opened.error();
        }
        if (!std::exchange(self->failure_told_, true) && self->parts_.on_failure) self->parts_.on_failure(why);
        const double share = std::uniform_real_distribution<double>(0, 1)(self->random_);
        self->retry_timer_.expires_after(self->backoff_.failed(redis_now(), share));
        const auto [woken] = co_await self->retry_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);
    }
    if (self->connection_ != nullptr) self->connection_->close();
}

asio::awaitable<result<void>> redis_subscription::open() {
    connection_ = std::make_shared<redis_connection>(parts_.home);
    const auto where = co_await parts_.locate();
    if (!where) co_return where.error();
    co_return co_await parts_.dialer->open(connection_, *where, parts_.who);
}

asio::awaitable<error> redis_subscription::listen(std::shared_ptr<redis_connection> to) {
    redis_command subscribe("", {"SUBSCRIBE"});
    for (const std::string& each : parts_.channels)
        subscribe.add(each);
    redis_batch batch;
    batch.add(subscribe);
    probing_ = true;
    to->write(batch.take(), [self = shared_from_this(), to](const error_code& failure) {
        if (self->connection_ == to) self->probing_ = false;
        if (failure) to->close();
    });
    while (!to->closed()) {
        const auto push = co_await to->read();
        if (!push) co_return push.error();
        // The user may not subscribe, or the server has another mind; a new connection may find it changed.
        if (push->is_error()) co_return error_of(*push);
        if (stopped_) break;
        heard_ = redis_now();
        take(*push);
    }
    co_return error{errc::redis_unavailable, "the connection was given up"};
}

void redis_subscription::take(const redis_reply& push) {
    constexpr std::size_t message_items = 3;
    if (!push.is(redis_reply::kind::array) || push.items.size() != message_items) return;
    const std::string_view what = push.items[0].text();
    if (what == "message") {
        if (up_ && parts_.events.on_message) parts_.events.on_message(push.items[1].text(), push.items[2].text());
    } else if (what == "subscribe" && ++confirmed_ == parts_.channels.size()) {
        up_ = true;
        failure_told_ = false;
        if (parts_.events.on_up) parts_.events.on_up();
    }
}

void redis_subscription::watch() {
    watch_timer_.expires_after(probe_pause);
    watch_timer_.async_wait([weak = weak_from_this(), of = connection_](const error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || self == nullptr || self->connection_ != of || of->closed()) return;
        if (redis_now() - self->heard_ >= longest_silence) return of->close();
        if (!std::exchange(self->probing_, true)) {
            redis_batch batch;
            batch.add(redis_command("", {"PING"}));
            of->write(batch.take(), [self, of](const error_code& failure) {
                if (self->connection_ == of) self->probing_ = false;
                if (failure) of->close();
            });
        }
        self->watch();
    });
}

void redis_subscription::stop() {
    asio::dispatch(parts_.home, [self = shared_from_this()] {
        self->stopped_ = true;
        if (self->connection_ != nullptr) self->connection_->close();
        self->watch_timer_.cancel();
        self->retry_timer_.cancel();
    });
}

void redis_subscription::reconnect() {
    asio::dispatch(parts_.home, [self = shared_from_this()] {
        if (self->connection_ != nullptr) self->connection_->close();
        self->retry_timer_.cancel();
    });
}

}  // namespace nearside::cache
