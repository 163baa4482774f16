#include "proxy/route_proxy.h"

#include "proxy/forwarding.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// Read for a client that takes nothing at the moment, and held until it does.
constexpr std::size_t least_at_once = 1024;

upload_framing framing_of(exchange& call) {
    if (call.has_body()) return call.body_length() ? upload_framing::length : upload_framing::chunked;
    // Methods that expect a body say that there is none (RFC 9110 8.6).
    const std::string& method = call.head().method;
    const bool expected = method == "POST" || method == "PUT" || method == "PATCH";
    return expected ? upload_framing::length : upload_framing::none;
}

}  // namespace

// What is between this process and the upstream alone stays here: 100, and 101, which nobody asked for.
asio::awaitable<result<void>> route_proxy::hand_on_interim(exchange& call, response_head head) const {
    if (head.status <= 101) co_return result<void>{};
    prepare_for_client(head, name_, {});
    const result<void> told = co_await call.send_interim(std::move(head));
    co_return told;
}

asio::awaitable<result<std::string>> route_proxy::read_for(passage_observer& observer, route_call& from) const {
    std::string read;
    while (observer.needs_body()) {
        const auto piece = co_await from.receive_some();
        if (!piece) co_return piece.error();
        observer.on_response_body(*piece);
        read.append(*piece);
        if (piece->empty() || from.complete()) {
            observer.on_complete();
            co_await observer.settle();
            break;
        }
    }
    co_return read;
}

asio::awaitable<void> route_proxy::hand_on(exchange& call, route_call& from, response_head head,
                                           passage_observer* observer) const {
    std::string read;
    if (observer != nullptr && observer->needs_body()) {
        auto reading = read_for(*observer, from);
        result<std::string> all = co_await std::move(reading);
        if (!all) {
            if (all.error().code == errc::cancelled) {
                call.abort();
            } else {
                report(call, from.upstream(), all.error());
            }
            co_return;
        }
        read = *std::move(all);
    }
    result<void> begun = co_await call.start(std::move(head), from.content_length());
    if (begun && !read.empty()) begun = co_await call.write(read);
    if (!begun) {
        from.guard().stop(errc::cancelled);
        co_return;
    }
    for (;;) {
        const std::size_t taken_at_once = std::clamp(call.room(), least_at_once, upstream_exchange::read_at_once);
        const auto piece = co_await from.receive_some(taken_at_once);
        if (!piece) {
            if (piece.error().code != errc::cancelled) log_broken(call.head().target, from.upstream(), piece.error());
            call.abort();
            co_return;
        }
        if (piece->empty()) break;
        if (observer != nullptr) observer->on_response_body(*piece);
        // With a known length the client has the end when it has the last piece.
        if (observer != nullptr && from.complete()) {
            observer->on_complete();
            co_await observer->settle();
        }
        // How slow the client may be is for its own connection to decide.
        from.pause();
        const result<void> written = co_await call.write(*piece);
        if (!written) {
            from.guard().stop(errc::cancelled);
            co_return;
        }
    }
    if (observer != nullptr) {
        observer->on_complete();
        co_await observer->settle();
    }
    const header_fields& trailers = from.trailers();
    co_await call.finish_with(trailers);
}

asio::awaitable<void> route_proxy::handle(exchange& call, std::shared_ptr<upstream_pool> upstream,
                                          std::string_view forwarded_because, passage_observer* observer) const {
    if (is_last_recipient(call.head())) {
        answer_here(call);
        co_return;
    }
    const config::upstream_settings& settings = upstream->settings();
    const client_facts client{call.peer_address(), call.scheme(), call.authority()};
    auto head =
        upstream_request_head(call.head(), client, settings, name_, framing_of(call), call.body_length().value_or(0));
    if (!head) {
        call.respond_error(head.error());
        co_return;
    }
    const auto home = co_await asio::this_coro::executor;
    route_call passing(std::move(upstream), home, {.head = *std::move(head), .method = call.head().method});
    call.on_gone([&passing] { passing.guard().stop(errc::cancelled); });

    std::function<void(std::string_view)> seen;
    if (observer != nullptr) seen = [observer](std::string_view bytes) { observer->on_request_body(bytes); };
    auto answer = co_await passing.open(call.has_body() ? &call : nullptr, std::move(seen));
    while (answer && answer->status < 200) {
        auto telling = hand_on_interim(call, *std::move(answer));
        const result<void> told = co_await std::move(telling);
        if (!told) passing.guard().stop(errc::cancelled);
        answer = co_await passing.next_head();
    }
    if (!answer && observer != nullptr && passing.sent_anything()) observer->on_lost();
    if (answer && observer != nullptr) observer->on_answer(*answer);
    if (observer != nullptr) co_await observer->settle();
    if (answer) {
        prepare_for_client(*answer, name_, name_ + "; fwd=" + std::string(forwarded_because));
        auto handing = hand_on(call, passing, *std::move(answer), observer);
        co_await std::move(handing);
    } else if (answer.error().code == errc::cancelled) {
        call.abort();  // nobody is there to hear of it
    } else {
        call.extra_fields().append("Cache-Status", name_ + "; fwd=" + std::string(forwarded_because));
        report(call, settings, answer.error());
    }
    co_await passing.close();
}

// To OPTIONS, what any route may be asked; nobody is told what a request looks like here (TRACE).
void route_proxy::answer_here(exchange& call) const {
    response_head head{.status = call.head().method == "OPTIONS" ? 204 : 405};
    head.fields.append("Allow", "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");
    call.respond(std::move(head), body());
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

void route_proxy::log_broken(std::string_view target, const config::upstream_settings& upstream,
                             const error& failure) const {
    if (log_ == nullptr) return;
    log_->warning("upstream broke off its answer", {{"upstream", upstream.name},
                                                    {"target", target},
                                                    {"error", to_string(failure.code)},
                                                    {"detail", failure.detail}});
}

}  // namespace nearside::proxy
