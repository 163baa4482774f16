#include "proxy/route_fetch.h"

#include "cache/conditional.h"
#include "cache/reuse.h"
#include "proxy/forwarding.h"
#include "proxy/route_uri.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr milliseconds uncacheable_remembered{10'000};
constexpr std::size_t most_uncacheable = 10'000;
// How far the upstream may be ahead of the slowest reader of an answer that is too large to keep, in bytes.
constexpr std::uint64_t most_ahead = 4 * 1024 * 1024;

// RFC 5861 4: the errors that an older copy may stand in for.
bool is_server_error(int status) noexcept {
    return status == 500 || status == 502 || status == 503 || status == 504;
}

// It says something about the resource, whoever asks and however: others needn't queue for it, and what is stored of it
// is outdated.
bool is_about_resource(cache::refusal refused) noexcept {
    switch (refused) {
        case cache::refusal::no_store:
        case cache::refusal::private_response:
        case cache::refusal::vary_everything:
        case cache::refusal::set_cookie:
        case cache::refusal::no_lifetime:
        case cache::refusal::no_cache:
        case cache::refusal::event_stream:
        case cache::refusal::too_large:
            return true;
        default:
            return false;
    }
}

}  // namespace

struct route_fetch::job {
    route_question question;
    cache::entry_ptr stored;   // stale; null: none
    bool invalidated = false;  // it: good for validation only
    bool may_validate = true;  // the request may be changed to ask whether it is still good
    std::string key;           // of the flight
    std::shared_ptr<route_flights::flight> of;
    std::shared_ptr<route_ticket> ticket;
    asio::any_io_executor home;
    std::shared_ptr<upstream_pool> upstream;
    call_priority priority = call_priority::foreground;
    bool validating = false;
    bool told = false;
    bool landed = false;
    std::shared_ptr<growing_body> growing;  // what others may be reading

    bool alone() const noexcept { return of == nullptr; }
    bool is_waited_for() const noexcept { return ticket && !ticket->abandoned; }
    bool is_head() const noexcept { return question.request.method == "HEAD"; }
};

route_fetch::route_fetch(route_environment environment)
    : environment_(std::move(environment)), uncacheable_(uncacheable_remembered, most_uncacheable) {}

bool route_fetch::shares_nothing(const route_question& question) const {
    return uncacheable_.contains(question.primary, environment_.time->steady_now());
}

// What was under way when the resource changed is joined by nobody who asks afterwards.
std::string route_fetch::flight_key(std::string key, const route_question& question) const {
    const std::uint64_t changed = environment_.epochs->last_of(question.uri_tag());
    if (changed > 0) key.append("#").append(std::to_string(changed));
    return key;
}

void route_fetch::behind(route_question question, const cache::entry_ptr& stored) {
    const wall_time now = environment_.time->wall_now();
    if (now.time_since_epoch().count() < stored->refresh_not_before.load(std::memory_order_relaxed)) return;
    const std::string key = flight_key(stored->key, question);
    const route_flights::seat seat = flights_.join(key, environment_.time->steady_now());
    if (!seat.leads) return;
    // Nobody asks it for a part, or whether it changed since.
    make_unconditional(question.request.fields);
    question.request.method = "GET";
    const auto& home = environment_.executors[next_executor_++ % environment_.executors.size()];
    launch(std::move(question), {.entry = stored}, key, seat.of, nullptr, home, call_priority::background);
}

void route_fetch::launch(route_question question, older_copy older, std::string key,
                         std::shared_ptr<route_flights::flight> of, std::shared_ptr<route_ticket> ticket,
                         asio::any_io_executor home, call_priority priority) {
    auto upstream = environment_.pools->find(question.of().upstream);
    const auto made = std::make_shared<job>(job{.question = std::move(question),
                                                .stored = std::move(older.entry),
                                                .invalidated = older.invalidated,
                                                .may_validate = older.validates,
                                                .key = std::move(key),
                                                .of = std::move(of),
                                                .ticket = std::move(ticket),
                                                .home = home,
                                                .upstream = std::move(upstream),
                                                .priority = priority});
    try {
        auto detached_run = run(made);
        asio::co_spawn(home, std::move(detached_run), asio::detached);
    } catch (...) {
        // Who leads has to land, or the key would be waited for in vain from now on.
        fail(*made, {errc::internal, "the call could not be started"}, 0);
    }
}

asio::awaitable<void> route_fetch::run(std::shared_ptr<job> of) {
    ++under_way_;
    std::string thrown;
    try {
        of->validating = of->stored && of->may_validate && cache::validators_of(of->stored->head).any();
        for (step next = step::again; next == step::again; of->validating = false) {
            auto fetching = fetch(of);
            next = co_await std::move(fetching);
        }
    } catch (const std::exception& failure) {
        thrown = failure.what();
    } catch (...) {
        thrown = "something that is no exception";
    }
    if (!thrown.empty()) {
        environment_.log->error("route call threw", {{"target", of->question.request.target}, {"what", thrown}});
    }
    // Whatever happened, nobody waits in vain.
    if (of->growing) of->growing->fail();
    if (!of->told || (of->of && !of->landed)) fail(*of, {errc::internal, "the answer could not be fetched"}, 0);
    --under_way_;
}

result<std::string> route_fetch::request_bytes(const job& of) const {
    const route_question& question = of.question;
    request_head request = question.request;
    request.target = counted_target(question.of().key, request.target);
    if (!of.alone()) make_unconditional(request.fields);
    if (of.validating) {
        for (const header_fields::field& each : cache::validation_fields(cache::validators_of(of.stored->head)))
            request.fields.set(each.name, each.value);
    }
    const client_facts client{question.peer_address, question.scheme, question.authority};
    return upstream_request_head(request, client, of.upstream->settings(), environment_.name, upload_framing::none, 0);
}

asio::awaitable<route_fetch::step> route_fetch::fetch(std::shared_ptr<job> of) {
    const std::uint64_t stamp = environment_.epochs->now();
    const wall_time requested = environment_.time->wall_now();
    auto head = request_bytes(*of);
    if (!head) {
        fail(*of, head.error(), 0);
        co_return step::over;
    }
    const auto call = std::make_shared<route_call>(
        of->upstream, of->home,
        route_call::order{.head = *std::move(head), .method = of->question.request.method, .priority = of->priority});
    if (of->ticket && of->alone()) of->ticket->own = call;

    auto answer = co_await call->open(nullptr, {});
    while (answer && answer->status < 200) {
        if (of->is_waited_for()) {
            of->ticket->interim.push_back(*std::move(answer));
            of->ticket->waiter->signal();
        }
        answer = co_await call->next_head();
    }
    const cache::exchange_times times{requested, environment_.time->wall_now()};
    if (!answer) {
        co_await call->close();
        fail(*of, answer.error(), 0);
        co_return step::over;
    }
    if (of->ticket) of->ticket->own.reset();
    const int status = answer->status;
    prepare_for_client(*answer, environment_.name, {});

    if (of->validating && status == 304) {
        const bool freshened = freshen(*of, *answer, times, stamp);
        co_await call->close();
        // A 304 about something else: ask again for all of it.
        co_return freshened ? step::over : step::again;
    }
    if (is_server_error(status) && may_stand_in(*of)) {
        co_await call->close();
        fail(*of, {errc::upstream_status, "the upstream answered " + std::to_string(status)}, status);
        co_return step::over;
    }
    if (of->is_head()) note_head_answer(*of, *answer, times);

    answer_judgement judged = judge_answer(of->question, *answer, times, stamp, call->content_length());
    if (judged.refused == cache::refusal::none && call->content_length().value_or(0) > environment_.max_entry) {
        judged.refused = cache::refusal::too_large;
    }
    if (judged.refused == cache::refusal::none) {
        auto arriving = arrive(of, call, std::move(judged.storable), status);
        co_await std::move(arriving);
        co_return step::over;
    }

    environment_.meters->not_stored(judged.refused);
    if (is_about_resource(judged.refused)) {
        uncacheable_.remember(of->question.primary, environment_.time->steady_now());
        // What is stored was outdated by an answer that must not take its place.
        if (of->stored && status < 500) environment_.store->erase(of->stored->key);
    }
    const route_outcome outcome{
        .is = route_outcome::kind::own_way, .refused = judged.refused, .upstream_status = status};
    if (of->is_waited_for()) {
        of->ticket->call = call;
        of->ticket->head = *std::move(answer);
        tell(*of, outcome);
    } else {
        tell(*of, outcome);
        co_await call->close();
    }
    co_return step::over;
}

// The stored response is still good (RFC 9111 4.3.4): its fields are renewed, its content stays untouched.
bool route_fetch::freshen(job& of, const response_head& not_modified, cache::exchange_times times,
                          std::uint64_t stamp) {
    const auto validators = cache::validators_of(of.stored->head);
    if (!cache::freshens(validators, not_modified.fields)) return false;
    const response_head renewed{.status = of.stored->head.status(),
                                .version = 11,
                                .fields = cache::merged(of.stored->head.fields(), not_modified.fields)};
    // The stored answer is one to a GET, whatever the request was that validated it.
    route_question as_get = of.question;
    as_get.request.method = "GET";
    as_get.asked.no_store = false;
    answer_judgement judged = judge_answer(as_get, renewed, times, stamp, of.stored->content.size());
    judged.storable.content_since = of.stored->content_since;
    environment_.meters->of(of.question.of()).validated.add();
    route_outcome outcome{.is = route_outcome::kind::stored, .refused = judged.refused, .upstream_status = 304};
    if (judged.refused == cache::refusal::none) {
        outcome.entry = judged.storable.make_entry(of.stored->content);
        outcome.vary = judged.storable.vary;
        outcome.kept = true;
        publish(judged.storable, of.question.primary, outcome.entry);
        tell(of, std::move(outcome));
        return true;
    }
    // It was validated for the one who asked, whose own fields it may hold, and for nobody else.
    if (is_about_resource(judged.refused)) {
        uncacheable_.remember(of.question.primary, environment_.time->steady_now());
        environment_.store->erase(of.stored->key);
    }
    storable_answer once;
    once.key = of.stored->key;
    once.status = renewed.status;
    once.fields = renewed.fields;
    once.decided.born = times.received;
    outcome.entry = once.make_entry(of.stored->content);
    if (of.is_waited_for()) of.ticket->outcome = std::make_shared<const route_outcome>(outcome);
    tell(of, {.is = route_outcome::kind::own_way, .refused = judged.refused, .upstream_status = 304});
    if (of.ticket) of.ticket->waiter->signal();
    return true;
}

// The answer to a HEAD tells whether the stored answer to a GET is still the same (RFC 9111 4.3.5).
void route_fetch::note_head_answer(const job& of, const response_head& answer, cache::exchange_times times) {
    if (!of.stored) return;
    const auto validators = cache::validators_of(of.stored->head);
    switch (cache::head_updates(validators, of.stored->content.size(), answer)) {
        case cache::head_effect::none:
            return;
        case cache::head_effect::invalidate:
            environment_.store->erase(of.stored->key);
            return;
        case cache::head_effect::freshen:
            break;
    }
    const response_head renewed{.status = of.stored->head.status(),
                                .version = 11,
                                .fields = cache::merged(of.stored->head.fields(), answer.fields)};
    route_question as_get = of.question;
    as_get.request.method = "GET";
    answer_judgement judged = judge_answer(as_get, renewed, times, of.stored->stamp, of.stored->content.size());
    judged.storable.content_since = of.stored->content_since;
    if (judged.refused != cache::refusal::none) return;
    publish(judged.storable, of.question.primary, judged.storable.make_entry(of.stored->content));
}

// The body comes, into the store and to everyone who reads along.
asio::awaitable<void> route_fetch::arrive(std::shared_ptr<job> of, std::shared_ptr<route_call> call,
                                          storable_answer answer, int upstream_status) {
    const auto growing = std::make_shared<growing_body>(call->content_length());
    of->growing = growing;
    const auto room = std::make_shared<wakeup>(of->home);
    bool kept = true;
    std::optional<steady_time> deserted;
    // A body that is there as a whole needs no announcement.
    const bool announced = !call->has_whole_body();
    if (announced) {
        give_all_fields(*of, answer, {});
        // The first reader is there before the first byte, however fast the body grows.
        if (of->is_waited_for()) of->ticket->reader = growing_body::reader::join(growing);
        tell(*of,
             {.is = route_outcome::kind::arriving,
              .entry = answer.make_entry({}),
              .vary = answer.vary,
              .arriving = growing,
              .length = call->content_length(),
              .kept = true,
              .upstream_status = upstream_status},
             false);
    }
    for (;;) {
        const auto piece = co_await call->receive_some();
        if (!piece) {
            environment_.pass->log_broken(of->question.request.target, of->upstream->settings(), piece.error());
            growing->fail();
            co_await call->close();
            fail(*of, piece.error(), upstream_status);
            co_return;
        }
        if (piece->empty()) break;
        growing->append(*piece);
        if (kept && growing->size() > environment_.max_entry) {
            kept = false;
            uncacheable_.remember(of->question.primary, environment_.time->steady_now());
            tell(*of, {.is = route_outcome::kind::own_way, .refused = cache::refusal::too_large});
            growing->stop_keeping();
        }
        if (of->ticket && of->ticket->abandoned) of->ticket->reader.reset();
        if (kept && growing->readers() > 0) deserted.reset();
        if (kept && announced && growing->readers() == 0) {
            // Nobody reads it any more. It may fill the cache, but not for ever.
            const steady_time now = environment_.time->steady_now();
            if (!deserted) deserted = now + of->upstream->settings().timeout.total;
            if (now > *deserted) {
                growing->fail();
                co_await call->close();
                fail(*of, {errc::cancelled, "nobody reads it"}, upstream_status);
                co_return;
            }
        }
        if (kept) continue;
        call->pause();
        if (growing->on_room(most_ahead, room->signaller())) co_await room->wait();
        if (growing->readers() == 0) {
            growing->fail();
            co_await call->close();
            co_return;
        }
    }
    header_fields trailers = call->trailers();
    // Trailers aren't stored (RFC 9110 6.5.1): who reads along gets them.
    const bool read_along = !trailers.empty();
    cache::entry_ptr made;
    if (kept) {
        made = answer.make_entry(growing->whole());
        publish(answer, of->question.primary, made);
    }
    growing->finish(std::move(trailers));
    of->growing = nullptr;
    co_await call->close();
    if (made) give_all_fields(*of, answer, made->content);
    tell(*of, {.is = read_along ? route_outcome::kind::arriving : route_outcome::kind::stored,
               .entry = made,
               .vary = answer.vary,
               .arriving = growing,
               // Without a length told: trailers come behind chunks only.
               .length = std::nullopt,
               .kept = kept,
               .upstream_status = upstream_status});
}

// Some fields are for the one client whose request is answered, and not for the store.
void route_fetch::give_all_fields(const job& of, const storable_answer& answer, body content) {
    if (!of.is_waited_for() || answer.all_fields.empty() || of.ticket->own_entry) return;
    of.ticket->own_entry = answer.make_own_entry(std::move(content));
}

void route_fetch::publish(const storable_answer& answer, const std::string& primary, cache::entry_ptr made) {
    if (!answer.vary.names.empty()) {
        const cache::entry_ptr older = environment_.store->peek(primary);
        const bool known = older && is_vary_marker(*older) && older->extras->vary.front() == answer.vary;
        if (!known) environment_.store->put(make_vary_marker(primary, answer.vary, older.get()));
    }
    // A call that took longer than another may bring what is older.
    const cache::entry_ptr present = environment_.store->peek(made->key);
    if (present && !is_vary_marker(*present) && present->born > made->born && present->stamp >= made->stamp) return;
    environment_.store->put(std::move(made));
}

bool route_fetch::may_stand_in(const job& of) const {
    if (!of.stored) return false;
    return cache::may_serve_on_error(cache::facts_of(*of.stored, of.invalidated), of.question.asked,
                                     environment_.time->wall_now());
}

void route_fetch::tell(job& of, route_outcome outcome, bool landed) {
    of.told = true;
    const auto told = std::make_shared<const route_outcome>(std::move(outcome));
    if (of.of) {
        if (landed) {
            of.landed = true;
            flights_.land(of.key, of.of, told);
        } else {
            flights_.announce(of.of, told);
        }
    }
    if (of.ticket && !of.ticket->outcome) {
        of.ticket->outcome = told;
        of.ticket->waiter->signal();
    }
}

void route_fetch::fail(job& of, error failure, int upstream_status) {
    if (of.stored && failure.code != errc::cancelled) {
        const wall_time retry = environment_.time->wall_now() + environment_.retry_after;
        of.stored->refresh_not_before.store(retry.time_since_epoch().count(), std::memory_order_relaxed);
    }
    tell(of, {.is = route_outcome::kind::failed, .upstream_status = upstream_status, .failure = std::move(failure)});
}

}  // namespace nearside::proxy
