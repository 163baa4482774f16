#include "proxy/route_proxy.h"

#include "proxy/forwarding.h"
#include "proxy/retry.h"
#include "proxy/upload.h"
#include "proxy/upstream_exchange.h"

#include <boost/asio/this_coro.hpp>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

steady_time steady_now() {
    return std::chrono::steady_clock::now();
}

upload_framing framing_of(exchange& call) {
    if (call.has_body()) return call.body_length() ? upload_framing::length : upload_framing::chunked;
    // Methods that expect a body say that there is none (RFC 9110 8.6).
    const std::string& method = call.head().method;
    const bool expected = method == "POST" || method == "PUT" || method == "PATCH";
    return expected ? upload_framing::length : upload_framing::none;
}

// The pieces of the answer, each read only when the client has taken the one before.
asio::awaitable<void> hand_on(exchange& client, upstream_exchange& upstream, call_guard& guard, response_head head,
                              milliseconds patience) {
    const auto length = upstream.parser().content_length();
    const auto body_length = upstream.parser().complete() && length != 0 ? std::nullopt : length;
    const result<void> started = co_await client.start(std::move(head), body_length);
    if (!started) co_return;
    for (;;) {
        guard.move_total(steady_now() + patience);
        const auto piece = co_await upstream.receive_some();
        if (!piece) {
            client.abort();
            co_return;
        }
        if (piece->empty()) break;
        // How slow the client may be is for its own connection to decide.
        guard.move_total(steady_time::max());
        const result<void> written = co_await client.write(*piece);
        if (!written) {
            guard.stop(errc::cancelled);
            co_return;
        }
    }
    co_await client.finish();
}

}  // namespace

// One try on one connection: the head, the body beside, and the answer as it comes. An error: nothing was given to the
// client yet.
asio::awaitable<result<void>> route_proxy::attempt(exchange& client, upstream_lease& lease,
                                                   std::shared_ptr<call_guard> guard, const std::string& head,
                                                   attempt_facts& facts) const {
    const config::upstream_settings& settings = lease.settings();
    upstream_exchange upstream(*lease, guard, client.head().method == "HEAD");
    facts.reused_connection = lease.reused();
    const auto body = std::make_shared<upload>(guard->home());

    result<void> outcome = co_await upstream.send(head);
    if (outcome) {
        if (client.has_body()) {
            body->start(client, upstream, guard, settings.timeout);
        } else {
            guard->enter_phase(steady_now() + settings.timeout.first_byte, errc::first_byte_timeout);
        }
        auto answer = co_await upstream.receive_head();
        if (answer) {
            prepare_for_client(*answer, name_);
            co_await hand_on(client, upstream, *guard, std::move(*answer), settings.timeout.total);
        } else {
            outcome = answer.error();
        }
    }
    facts.sent_anything = upstream.bytes_sent() > 0;
    facts.answered = upstream.answered();
    facts.body_touched = body->started();
    upstream.settle(lease, body->complete());
    // The call is over before its request is: the connection is of no more use, and neither what still wants to be sent
    // on it nor what the client still has to say may hold the exchange.
    if (body->running()) lease->transport->close();
    co_await body->join();
    co_return outcome;
}

asio::awaitable<void> route_proxy::handle(exchange& call, std::shared_ptr<upstream_pool> upstream) const {
    const config::upstream_settings& settings = upstream->settings();
    const client_facts client{call.peer_address(), call.scheme(), call.authority()};
    const auto head =
        upstream_request_head(call.head(), client, settings, name_, framing_of(call), call.body_length().value_or(0));
    if (!head) {
        call.respond_error(head.error());
        co_return;
    }
    const auto home = co_await asio::this_coro::executor;
    const auto guard = call_guard::create(home, steady_now() + settings.timeout.total);
    call.on_gone([&guard] { guard->stop(errc::cancelled); });
    attempt_facts facts;
    facts.idempotent = is_idempotent_method(call.head().method);
    facts.retries_left = settings.retries;
    connection_wish wish;
    const bool repeatable = facts.idempotent && !call.has_body();
    wish.kept = repeatable ? connection_wish::reuse::alive : connection_wish::reuse::surely_alive;
    for (;;) {
        guard->enter_last_phase();
        result<void> outcome = error{};
        auto lease = co_await upstream->acquire(wish, guard);
        if (lease) {
            outcome = co_await attempt(call, *lease, guard, *head, facts);
        } else {
            outcome = lease.error();
        }
        if (outcome) co_return;
        facts.failure = outcome.error().code;
        if (facts.failure == errc::cancelled) {
            call.abort();  // nobody is there to hear of it
            co_return;
        }
        const next_attempt next = decide_retry(facts);
        if (next == next_attempt::none) {
            report(call, settings, outcome.error());
            co_return;
        }
        if (next == next_attempt::again) --facts.retries_left;
        wish.kept = connection_wish::reuse::none;
    }
}

void route_proxy::report(exchange& call, const config::upstream_settings& upstream, const error& failure) const {
    if (log_ != nullptr) {
        log_->warning("upstream call failed", {{"upstream", upstream.name},
                                               {"method", call.head().method},
                                               {"error", to_string(failure.code)},
                                               {"detail", failure.detail}});
    }
    call.respond_error(failure);
}

}  // namespace nearside::proxy
