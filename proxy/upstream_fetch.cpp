#include "proxy/upstream_fetch.h"

#include "proxy/content_coding.h"
#include "proxy/forwarding.h"
#include "proxy/upstream_exchange.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <optional>

namespace nearside::proxy {

namespace asio = boost::asio;
using aggregators::call_id;
using aggregators::fetch_request;
using aggregators::fetch_response;
using aggregators::fetch_sink;

namespace {

// A body that is being decoded on a worker, and the call that waits for it. Touched on the call's executor only.
class decoding final : public interruptible {
public:
    explicit decoding(const asio::any_io_executor& home) : ended(home, steady_time::max()) {}
    void interrupt() noexcept override { ended.cancel(); }

    asio::steady_timer ended;  // expires never; cancelled at the end
    std::optional<result<buffer>> made;
};

result<buffer> decode_or_tell(const std::string& codings, buffer coded, std::uint64_t most_bytes) {
    try {
        return decode_content(codings, std::move(coded), most_bytes);
    } catch (const std::exception& thrown) {  // out of memory
        return error{errc::internal, std::string("decoding threw: ") + thrown.what()};
    }
}

}  // namespace

header_fields forwarded_fields(const header_fields& from_client, const config::upstream_settings& upstream) {
    header_fields chosen;
    for (const header_fields::field& each : from_client) {
        const bool named = std::any_of(upstream.forward.begin(), upstream.forward.end(),
                                       [&](const std::string& name) { return iequals(name, each.name); });
        if (named) chosen.append(each.name, each.value);
    }
    remove_hop_by_hop(chosen);
    // About this message and its body, or decided by the fetcher.
    for (const std::string_view never : {"host", "content-length", "expect", "accept-encoding"})
        chosen.erase(never);
    return chosen;
}

void upstream_fetcher::start(call_id call, fetch_request request, std::weak_ptr<fetch_sink> sink) {
    auto pool = environment_.pools->find(request.upstream);
    milliseconds total = pool ? pool->settings().timeout.total : milliseconds{0};
    if (request.timeout) total = std::min(total, *request.timeout);
    const auto guard = call_guard::create(environment_.home, pool ? steady_now() + total : steady_time::max());
    if (pool && total < pool->settings().timeout.total) guard->total_is_the_callers();
    const auto priority = request.background ? call_priority::background : environment_.priority;
    // What was only guessed to be of use is tried once.
    const std::uint32_t retries = pool && !request.background ? pool->settings().retries : 0;
    // Nothing that has a body (RFC 9112 9.3.2).
    using way = upstream_lines::way;
    const way how = !request.content.empty() ? way::alone : request.behind ? way::behind : way::any;
    const auto of = std::make_shared<started>(started{std::move(pool), guard, priority, retries, how});
    calls_.insert_or_assign(call, of);
    asio::co_spawn(environment_.home, run(shared_from_this(), call, std::move(request), std::move(sink), of),
                   asio::detached);
}

void upstream_fetcher::cancel(call_id call) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    const auto of = std::move(found->second);
    calls_.erase(found);
    of->guard->stop(errc::cancelled);
}

void upstream_fetcher::promote(call_id call) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    started& of = *found->second;
    of.priority = call_priority::foreground;
    if (!of.pool) return;
    of.retries_left = of.pool->settings().retries;
    of.pool->promote(of.guard);
}

asio::awaitable<void> upstream_fetcher::run(std::shared_ptr<upstream_fetcher> self, call_id call, fetch_request request,
                                            std::weak_ptr<fetch_sink> sink, std::shared_ptr<started> of) {
    // A sink never hears from inside start().
    co_await asio::post(self->environment_.home, asio::use_awaitable);
    outcome answer = error{errc::internal, "an upstream of that name is not configured"};
    if (of->pool) {
        // Out of memory above all: a response may be as large as `max_response`. The sink hears in any case.
        try {
            std::string bytes = self->request_bytes(of->pool->settings(), request);
            answer = co_await self->fetch(of, std::move(bytes));
        } catch (const std::exception& thrown) {
            answer = error{errc::internal, std::string("the call threw: ") + thrown.what()};
        }
    }
    // Cancelled, and perhaps started anew under the same name, meanwhile.
    const auto mine = self->calls_.find(call);
    if (mine == self->calls_.end() || mine->second != of) co_return;
    self->calls_.erase(mine);
    if (const auto hearer = sink.lock()) hearer->on_fetched(call, std::move(answer));
}

std::string upstream_fetcher::request_bytes(const config::upstream_settings& upstream,
                                            const fetch_request& request) const {
    const auto found = environment_.forwarded.find(upstream.name);
    const header_fields none;
    const header_fields& forwarded = found == environment_.forwarded.end() ? none : found->second;
    const bool posts = !request.content.empty();
    std::string head = (posts ? "POST " : "GET ") + upstream.base_path;
    head.append(request.target).append(" HTTP/1.1\r\nHost: ").append(host_field(upstream));
    head.append("\r\nAccept-Encoding: ").append(accepted_codings);
    if (!forwarded.contains("accept")) head += "\r\nAccept: application/json";
    if (!forwarded.contains("user-agent")) head += "\r\nUser-Agent: nearside/" NEARSIDE_VERSION;
    if (!environment_.via.empty()) head += "\r\nVia: 1.1 " + environment_.via;
    head += "\r\n";
    forwarded.write_to(head);
    request.fields.write_to(head);
    if (posts) {
        head.append("Content-Type: application/json\r\nContent-Length: ")
            .append(std::to_string(request.content.size()));
        head += "\r\n";
    }
    head += "\r\n";
    return head + request.content;
}

asio::awaitable<upstream_fetcher::outcome> upstream_fetcher::fetch(std::shared_ptr<started> of,
                                                                   std::string request_bytes) {
    connection_wish wish;
    for (;;) {
        // A POST, too: the operator says that it is safe.
        attempt_facts facts{.idempotent = true, .retries_left = of->retries_left};
        outcome answer = error{};
        of->guard->enter_last_phase();
        wish.priority = of->priority;
        auto place = co_await lines_of(of->pool).take(of->way, wish, of->guard);
        if (place) {
            answer = co_await attempt((*place)->seat(), request_bytes, of->guard, facts);
        } else {
            answer = place.error();
        }
        if (answer) co_return answer;
        // RFC 9112 9.3.2: not behind another one right after a failure.
        of->way = upstream_lines::way::alone;
        // One that was before it has failed, and it has not been tried: on any connection.
        if (place && (*place)->seat().is_lost() && !of->guard->stopped()) continue;
        facts.failure = answer.error().code;
        switch (decide_retry(facts)) {
            case next_attempt::none:
                co_return answer;
            case next_attempt::again:
                --of->retries_left;
                break;
            case next_attempt::fresh:
                break;
        }
        // Whatever broke this one may have broken the other kept ones, too.
        wish.kept = connection_wish::reuse::none;
    }
}

upstream_lines& upstream_fetcher::lines_of(const std::shared_ptr<upstream_pool>& pool) {
    std::shared_ptr<upstream_lines>& lines = lines_[pool.get()];
    if (!lines) lines = std::make_shared<upstream_lines>(pool);
    return *lines;
}

asio::awaitable<upstream_fetcher::outcome> upstream_fetcher::attempt(upstream_line::seat& seat,
                                                                     const std::string& request_bytes,
                                                                     std::shared_ptr<call_guard> guard,
                                                                     attempt_facts& facts) {
    const config::upstream_settings& upstream = seat.line().settings();
    const bool is_first = seat.is_first();
    if (!is_first) {
        const result<void> its_turn = co_await seat.send_behind(request_bytes);
        if (!its_turn) co_return its_turn.error();
        facts.sent_anything = true;
    }
    upstream_connection& connection = seat.connection();
    const bool reused = connection.calls > 0;
    facts.reused_connection = reused;
    guard->enter_phase(steady_now() + upstream.timeout.first_byte, errc::first_byte_timeout);
    upstream_exchange exchange(connection, guard, false);
    if (is_first) {
        const result<void> sent = co_await exchange.send(request_bytes);
        facts.sent_anything = exchange.bytes_sent() > 0;
        if (!sent) co_return sent.error();
        seat.has_sent();
    }
    auto head = co_await exchange.receive_head();
    facts.answered = exchange.answered();
    if (!head) co_return head.error();
    auto coded = co_await exchange.receive_all(upstream.max_response);
    if (!coded) co_return coded.error();

    fetch_response response;
    response.status = head->status;
    response.wire_bytes = coded->size();
    response.reused_connection = reused;
    seat.leave(exchange.finish());

    // What a 304 says of the content is about the content that it doesn't bring (RFC 9110 15.4.5).
    std::string codings = head->status == 304 ? std::string() : head->fields.combined("content-encoding");
    auto document = co_await decode(std::move(codings), std::move(*coded), upstream.max_response, guard);
    if (!document) co_return document.error();
    response.document = std::move(*document);
    response.fields = std::move(head->fields);
    remove_hop_by_hop(response.fields);
    for (const std::string_view of_the_wire : {"content-encoding", "content-length"}) {
        response.fields.erase(of_the_wire);
    }
    co_return std::move(response);
}

asio::awaitable<result<buffer>> upstream_fetcher::decode(std::string codings, buffer coded, std::uint64_t most_bytes,
                                                         std::shared_ptr<call_guard> guard) {
    const error too_late{errc::total_timeout, "while decoding the body"};
    const bool here = codings.empty() || coded.size() <= decode_here || !environment_.workers;
    if (here) {
        auto made = decode_content(codings, std::move(coded), most_bytes);
        if (!codings.empty() && steady_now() >= guard->total_due()) co_return too_late;
        co_return std::move(made);
    }
    const auto waiting = std::make_shared<decoding>(environment_.home);
    asio::post(environment_.workers, [waiting, codings = std::move(codings), coded = std::move(coded), most_bytes,
                                      home = environment_.home]() mutable {
        auto made = decode_or_tell(codings, std::move(coded), most_bytes);
        asio::post(home, [waiting, made = std::move(made)]() mutable {
            waiting->made.emplace(std::move(made));
            waiting->ended.cancel();
        });
    });
    {
        const call_guard::watch watching(*guard, *waiting);
        if (!guard->stopped()) co_await waiting->ended.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (waiting->made) co_return *std::move(waiting->made);
    co_return error{guard->why(too_late.code), too_late.detail};
}

}  // namespace nearside::proxy
