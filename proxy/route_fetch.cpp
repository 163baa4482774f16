#include "cache/conditional.h"
#include "cache/reuse.h"
#include "proxy/cluster.h"
#include "proxy/forwarding.h"
#include "proxy/route_fetch_parts.h"
#include "proxy/route_uri.h"
#include "proxy/second_tier.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

// How often a call waits for another node's before it goes on by itself.
constexpr int most_joins = 3;

// RFC 5861 4: the errors that an older copy may stand in for.
bool is_server_error(int status) noexcept {
    return status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace

route_fetch::route_fetch(route_environment environment) : environment_(std::move(environment)) {}

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
    if (cache::refresh_failed_just_now(*stored, environment_.time->wall_now())) return;
    const std::string key = flight_key(stored->key, question);
    const route_flights::seat seat = flights_.join_unless(
        key, environment_.time->steady_now(), [&] { return environment_.store->peek(stored->key) != stored; });
    if (!seat.leads) return;
    // Nobody asks it for a part, or whether it changed since.
    make_unconditional(question.request.fields);
    question.request.method = "GET";
    const auto& home = environment_.executors[next_executor_++ % environment_.executors.size()];
    launch(std::move(question), {.stored_under = stored->key, .entry = stored}, key, seat.of, nullptr, home,
           call_priority::background);
}

void route_fetch::launch(route_question question, older_copy older, std::string key,
                         std::shared_ptr<route_flights::flight> of, std::shared_ptr<route_ticket> ticket,
                         asio::any_io_executor home, call_priority priority) {
    auto upstream = environment_.pools->find(question.of().upstream);
    const auto made = std::make_shared<job>(job{.hold = environment_.held_by.hold(),
                                                .question = std::move(question),
                                                .stored = std::move(older.entry),
                                                .fate = older.fate,
                                                .may_validate = older.validates,
                                                .key = std::move(key),
                                                .stored_under = std::move(older.stored_under),
                                                .of = std::move(of),
                                                .ticket = std::move(ticket),
                                                .home = home,
                                                .upstream = std::move(upstream),
                                                .priority = priority});
    ++under_way_;
    try {
        auto detached_run = run(made);
        asio::co_spawn(home, std::move(detached_run), asio::detached);
    } catch (...) {
        --under_way_;
        // Who leads has to land, or the key would be waited for in vain from now on.
        fail(*made, {errc::internal, "the call could not be started"}, 0);
    }
}

asio::awaitable<void> route_fetch::run(std::shared_ptr<job> of) {
    std::string thrown;
    try {
        auto joining = join_nodes(of);
        const bool brought = co_await std::move(joining);
        of->validating = of->stored && of->may_validate && cache::validators_of(of->stored->head).any();
        for (step next = brought ? step::over : step::again; next == step::again; of->validating = false) {
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
    let_go_of_nodes(*of);
    if (!of->told || (of->of && !of->landed)) fail(*of, {errc::internal, "the answer could not be fetched"}, 0);
    --under_way_;
}

// One call a resource for all nodes. True: another has made it, and the outcome is told.
asio::awaitable<bool> route_fetch::join_nodes(std::shared_ptr<job> of) {
    const cluster* const nodes = environment_.nodes;
    const steady_time now = environment_.time->steady_now();
    // Who insists on a copy that is made for it can't use what another node has begun.
    const cache::cache_control& asked = of->question.asked;
    const bool insists = asked.no_cache || asked.no_store || asked.max_age || asked.min_fresh;
    const bool shared = nodes != nullptr && !of->alone() && !insists && environment_.second->answers() &&
                        !environment_.second->lookups().was_late(now) && !shares_nothing(of->question);
    tier_budget_ptr tier_time = of->question.tier_time;
    if (shared && !tier_time) tier_time = environment_.second->lookups().make_budget();
    for (int attempts = 0; shared && attempts < most_joins; ++attempts) {
        using verdict = cache::cluster_flights::verdict;
        auto joining = nodes->join(of->stored_under, of->upstream->settings().timeout.total, tier_time);
        const verdict joined = co_await std::move(joining);
        if (joined == verdict::alone) break;
        of->leads_nodes = joined == verdict::leads;
        // Also who leads: another may have stored it between this node's last look and now.
        cache::entry_ptr brought = environment_.store->peek(of->stored_under);
        if (brought == of->stored) {
            auto looking = environment_.second->lookups().look(of->stored_under, brought, tier_time,
                                                               environment_.time->steady_now());
            const tier_lookup::looked looked = co_await std::move(looking);
            brought = looked.found;
        }
        if (brought && may_answer(of->question, *brought)) {
            tell(*of, {.is = route_outcome::kind::brought});
            co_return true;
        }
        if (of->leads_nodes) break;
    }
    co_return false;
}

// What another node has stored: an answer that is fresh, or the marker that tells under which key there is one.
bool route_fetch::may_answer(const route_question& question, const cache::entry& brought) const {
    if (is_vary_marker(brought)) return true;
    return environment_.epochs->fate_of(brought, question.names()) == cache::invalidation::none &&
           cache::time_to_live(brought, environment_.time->wall_now()) > milliseconds{0};
}

// What is stored lets go of it when it has been written; anything else is nothing to wait for.
void route_fetch::let_go_of_nodes(job& of) const {
    if (std::exchange(of.leads_nodes, false)) environment_.nodes->let_go(of.stored_under);
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

    let_go_of_nodes(*of);
    environment_.meters->not_stored(judged.refused);
    if (is_about_resource(judged.refused)) {
        uncacheable_.remember(of->question.primary, environment_.time->steady_now());
        // What is stored was outdated by an answer that must not take its place.
        if (of->stored && status < 500) erase(of->stored->key);
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

bool route_fetch::may_stand_in(const job& of) const {
    if (!of.stored) return false;
    return cache::may_serve_on_error(cache::facts_of(*of.stored, of.fate), of.question.asked,
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
        cache::note_failed_refresh(*of.stored, environment_.time->wall_now() + environment_.retry_after);
    }
    tell(of, {.is = route_outcome::kind::failed, .upstream_status = upstream_status, .failure = std::move(failure)});
}

}  // namespace nearside::proxy
