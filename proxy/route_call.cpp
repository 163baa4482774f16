#include "proxy/route_call.h"

#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

route_call::route_call(std::shared_ptr<upstream_pool> upstream, asio::any_io_executor home, order what)
    : upstream_(std::move(upstream)),
      order_(std::move(what)),
      guard_(call_guard::create(std::move(home), steady_now() + upstream_->settings().timeout.total)) {
    facts_.idempotent = is_idempotent_method(order_.method);
    facts_.retries_left = upstream_->settings().retries;
}

route_call::~route_call() {
    // The exchange watches the lease's connection, and so goes first.
    exchange_.reset();
}

asio::awaitable<result<response_head>> route_call::open(exchange* body_of, std::function<void(std::string_view)> seen) {
    connection_wish wish;
    wish.priority = order_.priority;
    const bool repeatable = facts_.idempotent && body_of == nullptr;
    wish.kept = repeatable ? connection_wish::reuse::alive : connection_wish::reuse::surely_alive;
    for (;;) {
        guard_->enter_last_phase();
        result<response_head> outcome = error{};
        auto lease = co_await upstream_->acquire(wish, guard_);
        if (lease) {
            lease_.emplace(std::move(*lease));
            outcome = co_await attempt(body_of, seen);
        } else {
            outcome = lease.error();
        }
        if (outcome) co_return outcome;
        co_await close();
        facts_.failure = outcome.error().code;
        if (facts_.failure == errc::cancelled) co_return outcome;
        const next_attempt next = decide_retry(facts_);
        if (next == next_attempt::none) co_return outcome;
        if (next == next_attempt::again) --facts_.retries_left;
        wish.kept = connection_wish::reuse::none;
    }
}

asio::awaitable<result<response_head>> route_call::attempt(exchange* body_of,
                                                           const std::function<void(std::string_view)>& seen) {
    exchange_.emplace(**lease_, guard_, order_.method == "HEAD");
    facts_.reused_connection = lease_->reused();
    const result<void> sent = co_await exchange_->send(order_.head);
    if (!sent) {
        note_progress();
        co_return sent.error();
    }
    const auto& timeout = upstream_->settings().timeout;
    if (body_of != nullptr) {
        upload_ = std::make_shared<upload>(guard_->home());
        upload_->start(*body_of, *exchange_, guard_, timeout, seen);
    } else {
        guard_->enter_phase(steady_now() + timeout.first_byte, errc::first_byte_timeout);
    }
    auto head = co_await exchange_->receive_next_head();
    note_progress();
    co_return head;
}

void route_call::note_progress() noexcept {
    facts_.sent_anything = exchange_->bytes_sent() > 0;
    ever_sent_ |= facts_.sent_anything;
    facts_.answered = exchange_->answered();
    facts_.body_touched = upload_ && upload_->started();
}

asio::awaitable<result<response_head>> route_call::next_head() {
    return exchange_->receive_next_head();
}

asio::awaitable<result<std::string_view>> route_call::receive_some(std::size_t most) {
    guard_->move_total(steady_now() + upstream_->settings().timeout.total);
    return exchange_->receive_some(most);
}

void route_call::pause() noexcept {
    guard_->move_total(steady_time::max());
}

std::optional<std::uint64_t> route_call::content_length() const noexcept {
    const auto length = exchange_->parser().content_length();
    return exchange_->parser().complete() && length != 0 ? std::nullopt : length;
}

bool route_call::complete() const noexcept {
    return exchange_ && exchange_->parser().complete();
}

bool route_call::has_whole_body() const noexcept {
    const auto length = exchange_->parser().content_length();
    return complete() || (length && (*lease_)->received.view().size() >= *length);
}

const header_fields& route_call::trailers() const noexcept {
    return exchange_->parser().trailers();
}

asio::awaitable<void> route_call::close() {
    if (exchange_) exchange_->settle(*lease_, !upload_ || upload_->complete());
    // The call is over before its request is: the connection is of no more use, and neither what still wants to be sent
    // on it nor what the client still has to say may hold the exchange.
    if (upload_) {
        if (upload_->running()) (*lease_)->transport->close();
        co_await upload_->join();
        upload_.reset();
    }
    exchange_.reset();
    lease_.reset();
}

}  // namespace nearside::proxy
