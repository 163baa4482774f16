#include "proxy/problem.h"
#include "proxy/route_handler_parts.h"
#include "proxy/route_invalidation.h"
#include "proxy/second_tier.h"

#include <boost/asio/this_coro.hpp>

#include <optional>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// A resource whose answers keep turning out to be another variant's is asked for alone after that many flights.
constexpr int most_flights = 4;

}  // namespace

route_handler::found route_handler::look_up(const route_question& question, const header_fields& request,
                                            bool counts_as_use) const {
    cache::memory_store& store = *environment_.store;
    const auto get = [&](std::string_view key) { return counts_as_use ? store.find(key) : store.peek(key); };
    found result;
    result.entry = get(question.primary);
    if (result.entry && is_vary_marker(*result.entry)) {
        const cache::entry_ptr marker = std::exchange(result.entry, nullptr);
        result.varies = true;
        for (const cache::vary_spec& spec : marker->extras->vary) {
            std::string key = cache::variant_key(question.primary, spec, request);
            cache::entry_ptr variant = get(key);
            // Of several that match, the most recent (RFC 9111 4).
            const bool newer = variant && (!result.entry || variant->born > result.entry->born);
            if (newer) result.entry = std::move(variant);
            if (newer || &spec == &marker->extras->vary.front()) result.key = std::move(key);
        }
    }
    if (result.entry) {
        result.fate = environment_.epochs->fate_of(*result.entry, question.names());
        if (result.fate == cache::invalidation::hard) result.entry = nullptr;
    }
    return result;
}

bool route_handler::answer_stored(exchange& call, const route_question& question) {
    const found stored = look_up(question, call.head().fields, true);
    const wall_time now = call.received_at();
    const cache::reuse_decision decision = decide(question, stored, now);
    if (decision.verdict == cache::reuse::only_if_cached) {
        if (environment_.second != nullptr) return false;
        give_only_if_cached(call);
        return true;
    }
    if (!stored.entry) return false;
    const cache::entry_ptr form = environment_.copies->at_hand(call.head().fields, stored.entry);
    if (!form) return false;
    const cache::stored_facts facts = cache::facts_of(*stored.entry, stored.fate);
    cache_status status{.hit = true, .time_to_live = cache::time_to_live(facts, now)};
    const route_meters::of_route& meters = environment_.meters->of(question.of());
    switch (decision.verdict) {
        case cache::reuse::fresh:
            meters.fresh.add();
            break;
        case cache::reuse::stale: {
            route_question kept = question;
            keep_request(kept, call);
            environment_.fetch->behind(std::move(kept), stored.entry);
            status.detail = stale_while_revalidate;
            meters.stale.add();
            break;
        }
        case cache::reuse::stale_asked:
            status.detail = max_stale;
            meters.stale.add();
            break;
        case cache::reuse::wait:
        case cache::reuse::only_if_cached: {
            const bool in_trouble = !question.asked.no_cache && cache::refresh_failed_just_now(*stored.entry, now) &&
                                    older_may_answer(question, stored, {});
            if (!in_trouble) return false;
            status.detail = stale_if_error;
            meters.stale_if_error.add();
            break;
        }
    }
    give(call, form, now, status);
    return true;
}

cache::reuse_decision route_handler::decide(const route_question& question, const found& stored, wall_time now) {
    if (!stored.entry)
        return cache::decide_reuse(static_cast<const cache::stored_facts*>(nullptr), question.asked, now);
    const cache::stored_facts facts = cache::facts_of(*stored.entry, stored.fate);
    return cache::decide_reuse(&facts, question.asked, now);
}

// What was invalidated has none left, though it be young.
milliseconds route_handler::time_to_live(const found& stored) const {
    return cache::time_to_live(cache::facts_of(*stored.entry, stored.fate), environment_.time->wall_now());
}

// Whether what another request's call came to is for this one, too.
bool route_handler::acceptable(const route_question& question, const route_outcome& told) const {
    if (!told.entry) return true;
    const bool varies = !told.vary.names.empty();
    if (varies && cache::variant_key(question.primary, told.vary, question.request.fields) != told.entry->key)
        return false;
    return environment_.epochs->fate_of(*told.entry, question.names()) == cache::invalidation::none;
}

// What has begun to arrive is for those who come later, too, while it is fresh by their own measure.
bool route_handler::joinable(const route_question& question, const route_outcome& told) const {
    if (!told.entry) return true;
    const cache::stored_facts facts = cache::facts_of(*told.entry);
    const wall_time now = environment_.time->wall_now();
    return cache::decide_reuse(&facts, question.asked, now).verdict == cache::reuse::fresh &&
           acceptable(question, told);
}

bool route_handler::older_may_answer(const route_question& question, const found& older,
                                     const route_outcome& failed) const {
    if (!older.entry) return false;
    const wall_time now = environment_.time->wall_now();
    const cache::stored_facts facts = cache::facts_of(*older.entry, older.fate);
    if (cache::may_serve_on_error(facts, question.asked, now)) return true;
    // Disconnected, a cache may go on for a while (RFC 9111 4.2.4), but not against the origin's word.
    if (failed.upstream_status != 0 || failed.failure.code == errc::internal) return false;
    return cache::may_serve_on_error(facts, question.asked, now, environment_.if_unreachable);
}

asio::awaitable<void> route_handler::answer(exchange& call, route_question question) {
    const auto home = co_await asio::this_coro::executor;
    waiting client{.woken = std::make_shared<wakeup>(home), .gone = std::make_shared<bool>(false)};
    call.on_gone([gone = client.gone, woken = client.woken] {
        *gone = true;
        woken->signal();
    });
    keep_request(question, call);
    client.asked_at = environment_.time->steady_now();
    client.alone = environment_.fetch->shares_nothing(question);
    if (environment_.second != nullptr) question.tier_time = environment_.second->lookups().make_budget();
    for (int flights = 0; flights < 2 * most_flights; ++flights) {
        client.older = look_up(question, question.request.fields, false);
        if (flights == 0 && environment_.second != nullptr) {
            auto looking = look_further(call, question, client.older);
            co_await std::move(looking);
            auto giving = give_brought(call, question, client.older);
            const bool given = co_await std::move(giving);
            if (given) co_return;
        }
        if (decide(question, client.older, call.received_at()).verdict == cache::reuse::fresh) {
            // Another's call has brought it meanwhile, or it was there in a coding that this client doesn't take.
            const cache_status status{.hit = flights == 0, .forwarded = client.reason, .collapsed = flights > 0};
            auto giving = give_in_form(call, client.older.entry, status);
            const bool given = co_await std::move(giving);
            if (given) co_return;
        }
        client.reason = why_forwarded(question, client.older, call.received_at());
        client.alone = client.alone || flights >= most_flights || must_ask_alone(question, client.older);
        if (!take_off(question, client, home)) continue;

        auto waiting_for = wait_for_outcome(call, client);
        const route_result outcome = co_await std::move(waiting_for);
        if (*client.gone) {
            if (client.ticket) client.ticket->abandon();
            call.abort();
            co_return;
        }
        if (!outcome) {
            client.alone = true;
            continue;
        }
        auto giving = give_outcome(call, question, client, outcome);
        const bool given = co_await std::move(giving);
        if (given) co_return;
    }
    call.respond_error({errc::internal, "no answer was for this request"});
}

// Asks the second tier for what memory doesn't have: for the answer or the marker, then for the marker's variant.
asio::awaitable<void> route_handler::look_further(const exchange& call, const route_question& question,
                                                  found& stored) const {
    constexpr int most_lookups = 2;
    second_tier& second = *environment_.second;
    for (int lookups = 0; lookups < most_lookups; ++lookups) {
        const cache::reuse verdict = decide(question, stored, call.received_at()).verdict;
        const bool may_help = verdict == cache::reuse::wait || verdict == cache::reuse::only_if_cached;
        if (!may_help || !second.answers() || !cache::may_use_stored(question.asked)) co_return;
        if (environment_.fetch->shares_nothing(question)) co_return;
        std::string key = stored.entry ? stored.entry->key : stored.key.empty() ? question.primary : stored.key;
        auto looking = second.lookups().look(std::move(key), stored.entry, question.tier_time);
        const tier_lookup::looked looked = co_await std::move(looking);
        const cache::entry_ptr& brought = looked.found;
        if (!brought) co_return;
        stored = look_up(question, question.request.fields, true);
        stored.redis = stored.entry == brought;
        if (stored.redis) co_return;
    }
}

// What was brought, where it answers the request as it is. False: nothing was given.
asio::awaitable<bool> route_handler::give_brought(exchange& call, const route_question& question, found stored) const {
    const cache::reuse verdict = decide(question, stored, call.received_at()).verdict;
    if (verdict == cache::reuse::only_if_cached) {
        give_only_if_cached(call);
        co_return true;
    }
    const bool served = stored.redis && (verdict == cache::reuse::fresh || verdict == cache::reuse::stale ||
                                         verdict == cache::reuse::stale_asked);
    if (!served) co_return false;
    const route_meters::of_route& meters = environment_.meters->of(question.of());
    (verdict == cache::reuse::fresh ? meters.fresh : meters.stale).add();
    if (verdict == cache::reuse::stale) environment_.fetch->behind(question, stored.entry);
    const cache_status status{.hit = true, .time_to_live = time_to_live(stored), .detail = from_redis};
    auto giving = give_in_form(call, stored.entry, status);
    co_return co_await std::move(giving);
}

void route_handler::give_only_if_cached(exchange& call) const {
    problem refused = make_problem(504, {errc::not_stored, "nothing stored, and the request says only-if-cached"});
    refused.head.fields.append("Cache-Status", environment_.name + "; detail=only-if-cached");
    call.respond(std::move(refused.head), std::move(refused.content));
}

cache::forward_reason route_handler::why_forwarded(const route_question& question, const found& older, wall_time now) {
    if (!older.entry) return older.varies ? cache::forward_reason::vary_miss : cache::forward_reason::uri_miss;
    const cache::forward_reason reason = decide(question, older, now).reason;
    return reason == cache::forward_reason::none ? cache::forward_reason::stale : reason;
}

// Its answer would be of use to no other request, or no other's to it.
bool route_handler::must_ask_alone(const route_question& question, const found& older) {
    const header_fields& fields = question.request.fields;
    if (question.request.method == "HEAD") return true;
    return !older.entry && (has_conditions(fields) || has_range(fields));
}

// Joins the flight that is under way, or begins one. False: one has just landed, what is stored is to be looked at
// again.
bool route_handler::take_off(const route_question& question, waiting& client, const asio::any_io_executor& home) const {
    client.flight = nullptr;
    client.ticket = nullptr;
    const std::string& stored_under = client.older.key.empty() ? question.primary : client.older.key;
    const std::string key = environment_.fetch->flight_key(stored_under, question);
    if (!client.alone) {
        const route_flights::seat seat = environment_.fetch->join(
            key, [&](const route_result& told) { return joinable(question, *told); }, stored_under, client.older.entry);
        if (!seat.of) return false;
        client.flight = seat.of;
        if (!seat.leads) {
            // A call is bounded itself: who waits for another's doesn't wait longer than it can take.
            client.until = environment_.time->steady_now() + longest_call(question);
            if (!client.flight->on_landed(client.woken->signaller())) client.woken->signal();
            return true;
        }
    }
    client.ticket = std::make_shared<route_ticket>(client.woken);
    client.until = steady_time::max();
    // What a request asks for itself alone validates nothing: its answer is passed on as it is.
    const bool validates = !client.alone || question.request.method == "HEAD";
    route_fetch::older_copy older{stored_under, client.older.entry, client.older.fate, validates};
    environment_.fetch->launch(question, std::move(older), key, client.flight, client.ticket, home,
                               call_priority::foreground);
    return true;
}

milliseconds route_handler::longest_call(const route_question& question) const {
    return environment_.pools->find(question.of().upstream)->settings().timeout.total;
}

// Null: the client is gone, or it has waited long enough.
asio::awaitable<route_result> route_handler::wait_for_outcome(exchange& call, const waiting& client) const {
    const std::shared_ptr<route_ticket> ticket = client.ticket;
    for (;;) {
        while (ticket && !ticket->interim.empty()) {
            response_head interim = std::move(ticket->interim.front());
            ticket->interim.pop_front();
            auto telling = environment_.pass->hand_on_interim(call, std::move(interim));
            co_await std::move(telling);
        }
        if (*client.gone) co_return nullptr;
        if (ticket && ticket->outcome) co_return ticket->outcome;
        if (!ticket) {
            if (const auto told = client.flight->outcome()) co_return *told;
        }
        const bool signalled = co_await client.woken->wait(client.until);
        if (!signalled) co_return nullptr;
    }
}

asio::awaitable<void> route_handler::pass(exchange& call, std::shared_ptr<const route_target> target,
                                          cache::forward_reason reason) const {
    auto upstream = environment_.pools->find(target->of->upstream);
    const route_meters::of_route& meters = environment_.meters->of(*target->of);
    meters.passed.add();
    if (is_safe_method(call.head().method)) {
        auto passing = environment_.pass->handle(call, std::move(upstream), to_string(reason), nullptr);
        co_await std::move(passing);
        co_return;
    }
    route_invalidation invalidates(*environment_.invalidations, *environment_.places, meters.ignored_tags,
                                   environment_.log, std::move(target), call, upstream->settings());
    auto passing = environment_.pass->handle(call, upstream, to_string(reason), &invalidates);
    co_await std::move(passing);
}

}  // namespace nearside::proxy
