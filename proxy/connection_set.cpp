#include "proxy/connection_set.h"

#include "core/http_date.h"
#include "proxy/session_h1.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// How long a connection that has been ended may take to hear of it.
constexpr milliseconds linger_time{2'000};

asio::awaitable<bool> shake_hands(client_stream& stream) {
    stream.read_within(stream.set().ticks().header);
    for (;;) {
        const io_state state = stream.handshake();
        if (state == io_state::done) co_return true;
        if (state != io_state::want_read && state != io_state::want_write) co_return false;
        if (stream.read_expired()) co_return false;
        co_await stream.wait_to_read(state);
    }
}

asio::awaitable<void> serve_client(std::shared_ptr<connection_set> set, unique_socket socket, std::string peer_address,
                                   connection_limit::place place) {
    client_stream stream(std::move(set), std::move(socket), std::move(peer_address), std::move(place));
    const bool ready = co_await shake_hands(stream);
    if (!ready) {
        connection_set::count(stream.set().counters().handshakes_failed);
        co_return;
    }
    session_h1 session(stream);
    co_await session.run();
}

}  // namespace

tick_limits in_ticks(const config::client_limits& limits) noexcept {
    static constexpr milliseconds shortest_tick{5};
    static constexpr milliseconds longest_tick{250};
    const milliseconds least =
        std::min({limits.header_timeout, limits.idle_timeout, limits.body_timeout, limits.write_timeout});
    tick_limits made;
    made.tick = std::clamp(least / 4, shortest_tick, longest_tick);
    // One more, because the current tick has partly gone by.
    const auto ticks = [&](milliseconds time) {
        return static_cast<tick_count>((time + made.tick - milliseconds(1)) / made.tick) + 1;
    };
    made.header = ticks(limits.header_timeout);
    made.idle = ticks(limits.idle_timeout);
    made.body = ticks(limits.body_timeout);
    made.write = ticks(limits.write_timeout);
    made.linger = ticks(linger_time);
    return made;
}

connection_set::connection_set(asio::io_context& thread, const server_options& options, request_handler& handler,
                               const clock& time, std::uint64_t first_id)
    : thread_(thread),
      limits_(options.limits),
      ticks_(in_ticks(options.limits)),
      tls_(options.tls),
      handler_(handler),
      time_(time),
      readiness_(thread),
      tick_(thread),
      next_id_(first_id) {}

void connection_set::serve(unique_socket socket, std::string peer_address, connection_limit::place place) {
    asio::co_spawn(thread_,
                   serve_client(shared_from_this(), std::move(socket), std::move(peer_address), std::move(place)),
                   asio::detached);
}

void connection_set::add(client_stream& stream, int socket) {
    if (!readiness_.add(socket, &stream)) throw std::bad_alloc();
    stream.index_ = streams_.size();
    streams_.push_back(&stream);
    count(counters_.accepted);
    if (!ticking_) schedule_tick();
    if (!watching_) watch();
}

void connection_set::remove(client_stream& stream) noexcept {
    streams_[stream.index_] = streams_.back();
    streams_[stream.index_]->index_ = stream.index_;
    streams_.pop_back();
    count(counters_.closed);
    if (streams_.empty() && draining_) stop_watching();
    if (streams_.empty() && when_empty_ != nullptr) std::exchange(when_empty_, nullptr)();
}

void connection_set::drain() {
    draining_ = true;
    for (client_stream* stream : streams_)
        stream->on_drain();
    if (streams_.empty()) stop_watching();
}

// Nothing is to come: the thread may end.
void connection_set::stop_watching() noexcept {
    boost::system::error_code ignored;
    readiness_.source().cancel(ignored);
}

void connection_set::close_all() {
    for (client_stream* stream : streams_)
        stream->close(true);
    // Not all can end now: a handler may wait for something that is not its client. They are past caring for.
    asio::post(thread_, [self = shared_from_this()] {
        if (self->when_empty_ != nullptr) std::exchange(self->when_empty_, nullptr)();
    });
}

// One wait brings a batch, which is served before anything else of this thread; streams do not end meanwhile, because
// their coroutines are only woken here and run later.
void connection_set::watch() {
    watching_ = true;
    readiness_.source().async_wait(readiness::descriptor::wait_read,
                                   [self = weak_from_this()](const boost::system::error_code& failed) {
                                       const std::shared_ptr<connection_set> set = self.lock();
                                       if (set == nullptr) return;
                                       set->watching_ = false;
                                       if (!failed) set->on_ready();
                                   });
}

void connection_set::on_ready() {
    for (const epoll_event& event : readiness_.collect()) {
        static_cast<client_stream*>(event.data.ptr)->on_events(event.events);
    }
    watch();
}

void connection_set::when_empty(std::function<void()> call) {
    if (streams_.empty()) {
        call();
    } else {
        when_empty_ = std::move(call);
    }
}

// Ticks only while there are connections: an idle process sleeps.
void connection_set::schedule_tick() {
    ticking_ = !streams_.empty();
    if (!ticking_) return;
    tick_.expires_after(ticks_.tick);
    tick_.async_wait([self = weak_from_this()](const boost::system::error_code& failed) {
        const std::shared_ptr<connection_set> set = self.lock();
        if (!failed && set != nullptr) set->on_tick();
    });
}

void connection_set::on_tick() {
    ++now_;
    for (client_stream* stream : streams_)
        stream->check_deadlines(now_);
    schedule_tick();
}

std::string_view connection_set::date_line(wall_time when) {
    const std::int64_t second = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
    if (second != date_second_) {
        date_second_ = second;
        date_line_.assign("Date: ")
            .append(format_http_date(std::chrono::floor<std::chrono::seconds>(when)))
            .append("\r\n");
    }
    return date_line_;
}

}  // namespace nearside::proxy
