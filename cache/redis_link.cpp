#include "cache/redis_link.h"

#include "cache/redis_now.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What goes out in one write: more would only wait in the socket, where it can't be given up any more.
constexpr std::size_t write_bytes = std::size_t{1024} * 1024;

std::shared_ptr<const redis_command> ping() {
    static const auto command = std::make_shared<const redis_command>(redis_command("", {"PING"}));
    return command;
}

error unhealthy() {
    return {errc::redis_unavailable, "Redis doesn't answer in time"};
}

}  // namespace

redis_link::redis_link(parts given)
    : parts_(std::move(given)),
      pipeline_(parts_.dialer->settings().max_queue),
      health_(parts_.patience),
      deadline_timer_(parts_.home),
      retry_timer_(parts_.home) {}

std::shared_ptr<redis_link> redis_link::start(parts given) {
    auto made = std::make_shared<redis_link>(std::move(given));
    asio::co_spawn(made->parts_.home, run(made), asio::detached);
    return made;
}

asio::awaitable<void> redis_link::run(std::shared_ptr<redis_link> self) {
    self->hope();
    while (self->state_ != state::stopped) {
        const result<void> opened = co_await self->open();
        if (self->state_ == state::stopped) break;
        if (opened) {
            self->backoff_.connected(redis_now());
            self->health_.connected(redis_now());
            self->pipeline_.heard(redis_now());
            self->writing_ = false;
            self->enter(state::up);
            self->flush();
            self->arm();
            auto reading = self->read_all(self->connection_);
            self->last_failure_ = co_await std::move(reading);
            self->connection_->close();
            self->fail(self->pipeline_.drop_sent(), *self->last_failure_);
        } else {
            self->last_failure_ = opened.error();
        }
        if (self->state_ == state::stopped) break;
        const double share = std::uniform_real_distribution<double>(0, 1)(self->random_);
        const milliseconds wait = self->backoff_.failed(redis_now(), share);
        const bool hopeless = !opened || self->backoff_.failing();
        if (hopeless) {
            self->give_up();
        } else {
            self->enter(state::connecting);
            self->hope();
        }
        self->retry_timer_.expires_after(wait);
        co_await self->pause();
    }
}

void redis_link::hope() {
    hopeless_at_ = redis_now() + longest_hope;
    arm();
}

void redis_link::give_up() {
    enter(state::down);
    fail(pipeline_.drop_all(), why_down());
}

error redis_link::why_down() const {
    return last_failure_.value_or(error{errc::redis_unavailable, "not connected yet"});
}

std::optional<error> redis_link::failure() const {
    if (state_ == state::up && !health_.good()) return unhealthy();
    return last_failure_;
}

asio::awaitable<void> redis_link::pause() {
    // Cut short by reconnect() and stop().
    const auto [woken] = co_await retry_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(woken);
}

asio::awaitable<result<void>> redis_link::open() {
    ended_because_.clear();
    connection_ = std::make_shared<redis_connection>(parts_.home);
    const auto where = co_await parts_.locate();
    if (!where) co_return where.error();
    co_return co_await parts_.dialer->open(connection_, *where, parts_.who);
}

asio::awaitable<error> redis_link::read_all(std::shared_ptr<redis_connection> from) {
    for (;;) {
        const steady_time heard = redis_now();
        pipeline_.heard(heard);
        for (;;) {
            auto next = from->replies().next();
            if (!next) co_return next.error();
            if (!*next) break;
            const auto [done, expected] = pipeline_.answered(heard);
            if (!expected) co_return error{errc::redis_error, "Redis answered what it wasn't asked"};
            if (!done) continue;
            health_.answered(heard);
            done(std::move(**next));
        }
        const error_code failure = co_await from->fill();
        if (!ended_because_.empty()) co_return error{errc::redis_unavailable, ended_because_};
        if (failure) co_return error{errc::redis_unavailable, "the connection ended: " + failure.message()};
    }
}

void redis_link::submit(std::shared_ptr<const redis_command> command, bool asking, steady_time deadline,
                        redis_done done) {
    if (state_ == state::stopped) return fail_later(std::move(done), {errc::redis_unavailable, "shutting down"});
    if (state_ == state::down) return fail_later(std::move(done), why_down());
    if (state_ == state::up && !health_.good()) return fail_later(std::move(done), unhealthy());
    if (!pipeline_.has_room_for(*command))
        return fail_later(std::move(done), {errc::redis_unavailable, "too many commands are under way"});
    pipeline_.push(std::move(command), asking, deadline, std::move(done));
    flush_later();
    arm();
}

void redis_link::fail_later(redis_done done, error why) {
    asio::post(parts_.home, [done = std::move(done), why = std::move(why)] { done(why); });
}

void redis_link::fail(std::vector<redis_done> dropped, const error& why) {
    const error told{errc::redis_unavailable, why.detail};
    for (const redis_done& each : dropped)
        each(told);
}

void redis_link::enter(state next) {
    state_ = next;
    if (next != state::up) told_good_ = false;
    if (next == state::up) told_good_ = health_.good();
    if (parts_.on_change) parts_.on_change();
}

void redis_link::tell_of_change() {
    if (good() == told_good_) return;
    told_good_ = good();
    if (parts_.on_change) parts_.on_change();
}

// Commands that come in one turn of the thread go out in one write.
void redis_link::flush_later() {
    if (state_ != state::up || writing_ || std::exchange(flush_posted_, true)) return;
    asio::post(parts_.home, [self = shared_from_this()] {
        self->flush_posted_ = false;
        self->flush();
    });
}

void redis_link::flush() {
    if (state_ != state::up || writing_) return;
    std::vector<slice> pieces = pipeline_.take(write_bytes, redis_now());
    if (pieces.empty()) return;
    writing_ = true;
    connection_->write(std::move(pieces), [self = shared_from_this(), to = connection_](const error_code& failure) {
        if (self->connection_ != to || self->state_ != state::up) return;
        self->writing_ = false;
        if (failure) return to->close();
        self->flush();
    });
    arm();
}

void redis_link::arm() {
    if (state_ == state::stopped) return;
    std::optional<steady_time> next = pipeline_.next_deadline();
    if (state_ == state::connecting) next = next ? std::min(*next, hopeless_at_) : hopeless_at_;
    if (state_ == state::up) {
        const auto probing = health_.next_probe();
        if (probing) next = next ? std::min(*next, *probing) : *probing;
    }
    if (!next || (armed_ && *armed_ <= *next)) return;
    armed_ = next;
    deadline_timer_.expires_at(*next);
    deadline_timer_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || self == nullptr) return;
        self->armed_.reset();
        self->tick();
    });
}

void redis_link::tick() {
    const steady_time at = redis_now();
    auto over = pipeline_.expire(at);
    for (const redis_done& each : over.done)
        each(error{errc::redis_timeout, state_ == state::up ? "no answer in time" : "no connection in time"});
    if (std::exchange(probe_expired_, false) && over.sent > 0) --over.sent;
    if (state_ == state::connecting && at >= hopeless_at_) give_up();
    if (state_ == state::up) {
        for (std::size_t each = 0; each < over.sent; ++each)
            health_.timed_out(at);
        if (pipeline_.silent(at)) {
            reconnect("Redis owed answers, and nothing came for " +
                      std::to_string(redis_pipeline::longest_silence.count()) + " ms");
        } else if (health_.next_probe() && *health_.next_probe() <= at) {
            probe(at);
        }
        tell_of_change();
    }
    arm();
}

void redis_link::probe(steady_time at) {
    health_.probe_sent(at);
    const bool pushed = pipeline_.push(ping(), false, at + health_.patience(),
                                       [weak = weak_from_this(), of = connection_](const result<redis_reply>& got) {
                                           const auto self = weak.lock();
                                           if (self == nullptr || self->connection_ != of) return;
                                           self->probe_expired_ = !got && got.error() == errc::redis_timeout;
                                           self->health_.probe_done(redis_now(), got.has_value());
                                           self->tell_of_change();
                                           self->arm();
                                       });
    if (!pushed) health_.probe_done(at, false);
    flush_later();
}

void redis_link::reconnect(std::string why) {
    if (state_ == state::up) {
        ended_because_ = std::move(why);
        connection_->close();
    } else if (state_ != state::stopped) {
        // A dial under way may be to the wrong one.
        if (connection_ != nullptr) connection_->close();
        retry_timer_.cancel();
    }
}

void redis_link::stop() {
    if (state_ == state::stopped) return;
    state_ = state::stopped;
    if (connection_ != nullptr) connection_->close();
    deadline_timer_.cancel();
    retry_timer_.cancel();
    fail(pipeline_.drop_all(), {errc::redis_unavailable, "shutting down"});
}

}  // namespace nearside::cache
