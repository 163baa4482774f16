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
    const auto wanted = std::make_shared<upstream_lines::order>();
    wanted->wish.priority = priority;
    wanted->parallel = request.parallel;
    wanted->group = request.group;
    wanted->shares = request.content.empty();  // RFC 9112 9.3.2
    const auto of = std::make_shared<started>(started{std::move(pool), guard, retries, wanted});
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
    of.wanted->wish.priority = call_priority::foreground;
    if (!of.pool) return;
    of.retries_left = of.pool->settings().retries;
    of.pool->promote(of.guard);
    lines_of(of.pool).promoted(*of.wanted);
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
    auto asking = ask(of, std::make_shared<const std::string>(std::move(request_bytes)));
    auto came = co_await std::move(asking);
    if (!came) co_return came.error();
    fetch_response response;
    response.status = came->head.status;
    response.wire_bytes = came->coded.size();
    response.reused_connection = came->reused_connection;
    // What a 304 says of the content is about the content that it doesn't bring (RFC 9110 15.4.5).
    std::string codings = response.status == 304 ? std::string() : came->head.fields.combined("content-encoding");
    auto decoding = decode(std::move(codings), std::move(came->coded), of->pool->settings().max_response, of->guard);
    auto document = co_await std::move(decoding);
    if (!document) co_return document.error();
    response.document = std::move(*document);
    response.fields = std::move(came->head.fields);
    remove_hop_by_hop(response.fields);
    for (const std::string_view of_the_wire : {"content-encoding", "content-length"}) {
        response.fields.erase(of_the_wire);
    }
    co_return std::move(response);
}

asio::awaitable<result<upstream_fetcher::answer>> upstream_fetcher::ask(
    std::shared_ptr<started> of, std::shared_ptr<const std::string> request_bytes) {
    upstream_lines::order& wanted = *of->wanted;
    for (;;) {
        // A POST, too: the operator says that it is safe.
        attempt_facts facts{.idempotent = true, .retries_left = of->retries_left};
        of->guard->enter_last_phase();
        auto taking = lines_of(of->pool).take(of->wanted, of->guard);
        auto place = co_await std::move(taking);
        if (!place) {
            facts.failure = place.error().code;
            if (decide_retry(facts) == next_attempt::none) co_return place.error();
            --of->retries_left;
            wanted.wish.kept = connection_wish::reuse::none;
            continue;
        }
        auto attempting = attempt((*place)->seat(), request_bytes, of, facts);
        auto came = co_await std::move(attempting);
        if (came) co_return came;
        facts.failure = came.error().code;
        // What another call on the connection may have done is no attempt: it is made once more, on its own
        // (RFC 9112 9.3.2). An upstream that closes loses what it had sent, where more requests have come (9.6).
        const bool disturbed = (*place)->seat().has_shared() && !of->guard->stopped() &&
                               (facts.failure == errc::closed_early || facts.failure == errc::malformed_response);
        if (disturbed) {
            of->pool->count_asked_again();
            wanted.shares = false;
            continue;
        }
        switch (decide_retry(facts)) {
            case next_attempt::none:
                co_return came.error();
            case next_attempt::again:
                --of->retries_left;
                break;
            case next_attempt::fresh:
                break;
        }
        // Whatever broke this one may have broken the other kept ones, too.
        wanted.wish.kept = connection_wish::reuse::none;
        wanted.shares = false;
    }
}

upstream_lines& upstream_fetcher::lines_of(const std::shared_ptr<upstream_pool>& pool) {
    std::shared_ptr<upstream_lines>& lines = lines_[pool.get()];
    if (!lines) lines = std::make_shared<upstream_lines>(pool);
    return *lines;
}

asio::awaitable<result<upstream_fetcher::answer>> upstream_fetcher::attempt(
    upstream_line::seat& seat, std::shared_ptr<const std::string> request_bytes, std::shared_ptr<started> of,
    attempt_facts& facts) {
    const config::upstream_settings& upstream = of->pool->settings();
    const bool is_behind = seat.was_behind();
    if (is_behind) {
        auto sending = seat.send_behind(request_bytes);
        const result<void> its_turn = co_await std::move(sending);
        if (!its_turn) co_return its_turn.error();
        facts.sent_anything = true;
    }
    upstream_connection& connection = seat.connection();
    facts.reused_connection = connection.calls > 0;
    of->guard->enter_phase(steady_now() + upstream.timeout.first_byte, errc::first_byte_timeout);
    upstream_exchange exchange(connection, of->guard, false);
    if (!is_behind) {
        const result<void> sent = co_await exchange.send(*request_bytes);
        facts.sent_anything = exchange.bytes_sent() > 0;
        if (!sent) co_return sent.error();
        seat.has_sent();
    }
    auto head = co_await exchange.receive_head();
    facts.answered = exchange.answered();
    if (!head) {
        const errc why = head.error().code;
        if (seat.has_shared() && why == errc::malformed_response) of->pool->stop_pipelining("malformed_response");
        co_return head.error();
    }
    auto coded = co_await exchange.receive_all(upstream.max_response);
    if (!coded) co_return coded.error();
    if (!seat.leave(exchange.finish())) of->pool->stop_pipelining("bytes after an answer");
    co_return answer{std::move(*head), std::move(*coded), facts.reused_connection};
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
