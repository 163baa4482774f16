#include "proxy/view_streams.h"

#include "proxy/change_waiter.h"
#include "proxy/prefer.h"
#include "proxy/stream_request.h"
#include "proxy/view_answer.h"
#include "proxy/view_failure.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

// RFC 9110 10.2.3: in whole seconds.
void add_retry_after(problem& told, milliseconds wait) {
    const auto whole = std::chrono::ceil<std::chrono::seconds>(wait);
    told.head.fields.append("Retry-After", std::to_string(whole.count()));
}

}  // namespace

bool view_streams::asks_for_one(const request_head& request) const {
    return enabled() && wants_stream(request.fields);
}

bool view_streams::serves(std::string_view path) const {
    return enabled() && path == streams_path;
}

bool view_streams::asks_to_wait(const request_head& request) const {
    return enabled() && request.method == "GET" && request.fields.contains("if-none-match") &&
           wait_preferred(request.fields);
}

std::optional<stream_places::place> view_streams::take_place(exchange& call) {
    const config::stream_settings& limits = with_.settings->streams;
    stream_hub::meters& count = with_.hub->count();
    problem refused;
    if (with_.hub->moving()) {
        refused = make_problem(503, {errc::shutting_down, "this node is being drained"});
    } else {
        stream_places::granted granted = with_.hub->places()->take(call.peer_address(), limits.max, limits.per_client);
        switch (granted.refused) {
            case stream_places::refusal::none:
                return std::move(granted.taken);
            case stream_places::refusal::all_taken:
                count.refused_all.add();
                refused = make_problem(503, "too_many_streams", "no more streams are taken");
                break;
            case stream_places::refusal::client_has_too_many:
                count.refused_client.add();
                refused = make_problem(429, "too_many_streams", "too many streams of this address");
                break;
        }
    }
    add_retry_after(refused, with_.hub->scattered_retry());
    call.respond(std::move(refused.head), std::move(refused.content));
    return std::nullopt;
}

bool view_streams::forwards_token(const view& of) {
    return std::find(of.forwarded.begin(), of.forwarded.end(), "authorization") != of.forwarded.end();
}

std::optional<view_streams::right> view_streams::right_of(exchange& call, bool with_token) const {
    right found;
    if (with_token) found.expires = token_expiry(call.head().fields);
    if (!found.expires || *found.expires > with_.time->wall_now()) return found;
    problem refused = make_problem(401, "token_expired", "the token in Authorization has expired");
    call.respond(std::move(refused.head), std::move(refused.content));
    return std::nullopt;
}

std::shared_ptr<stream_session> view_streams::session_of(const boost::asio::any_io_executor& home,
                                                         const request_head& request, stream_places::place place,
                                                         right of, const std::vector<std::string>& urls) const {
    return std::make_shared<stream_session>(
        stream_session::options{.hub = with_.hub,
                                .home = home,
                                .place = std::move(place),

                                .feed = {.expires = of.expires, .seen = stream_positions(last_event_id(request))}},
        urls);
}

response_head view_streams::head_of(const view* of) const {
    response_head head;
    head.fields.append("Content-Type", stream_type);
    // A coding on the way would hold events back until it has more of them (RFC 9111 5.2.2.6).
    head.fields.append("Cache-Control", "no-store, no-transform");
    head.fields.append("X-Accel-Buffering", "no");  // proxies on the way are not to wait for more
    if (of != nullptr) head.fields.append("Vary", vary_of(*of));
    return head;
}

view_streams::opened view_streams::opened_with(const view_question& question, const request_head& request,
                                               const cache::entry_ptr& entry) const {
    return {with_.hub->topic_of(with_.refresh->order_of(question, request), entry)};
}

// As a plain request finds it, but for what that says about caching: what is followed is kept fresh anyway, and
// browsers always say `no-cache` here.
boost::asio::awaitable<view_streams::opened> view_streams::open(view_question question,
                                                                std::shared_ptr<const request_head> request) {
    question.asked = {};
    const wall_time now = with_.time->wall_now();
    cache::entry_ptr stored = with_.store->peek(question.key);
    const cache::invalidation fate =
        stored ? with_.epochs->fate_of(*stored, question.names()) : cache::invalidation::none;
    if (fate == cache::invalidation::hard) stored = nullptr;
    if (stored) {
        const cache::stored_facts facts = cache::facts_of(*stored, fate);
        const cache::reuse verdict = cache::decide_reuse(&facts, question.asked, now).verdict;
        if (verdict == cache::reuse::fresh || verdict == cache::reuse::stale) {
            if (verdict == cache::reuse::stale) with_.refresh->behind(question, *request, stored);
            co_return opened_with(question, *request, stored);
        }
    }
    auto waiting = with_.refresh->wait(question, *request, with_.settings->limits.view_time);
    const view_refresh::waited waited = co_await std::move(waiting);
    if (waited.outcome && waited.outcome->made) {
        if (waited.outcome->stored) co_return opened_with(question, *request, waited.outcome->made);
        co_return opened{nullptr, not_streamable(waited.outcome->refused)};
    }
    aggregators::plan_failure failure{
        .cause = {errc::total_timeout, "the view was not ready in time; it is still being made"}};
    if (waited.outcome && waited.outcome->failure) failure = *waited.outcome->failure;
    const bool in_trouble = is_upstream_trouble(failure);
    const bool older_will_do =
        stored && in_trouble && cache::may_serve_on_error(cache::facts_of(*stored, fate), {}, with_.time->wall_now());
    if (older_will_do) co_return opened_with(question, *request, stored);
    co_return opened{nullptr, make_problem(failure, question.of().name), in_trouble};
}

boost::asio::awaitable<std::optional<begun_stream>> view_streams::begin(exchange& call, view_question question) {
    std::optional<stream_places::place> place = take_place(call);
    if (!place) co_return std::nullopt;
    const auto request = std::make_shared<const request_head>(call.head());
    const std::shared_ptr<const view_target> target = question.target;
    const std::optional<right> granted = right_of(call, forwards_token(*target->of));
    if (!granted) co_return std::nullopt;
    auto opening = open(std::move(question), request);
    opened made = co_await std::move(opening);
    if (!made.topic) {
        call.respond(std::move(made.why.head), std::move(made.why.content));
        co_return std::nullopt;
    }
    const auto home = co_await boost::asio::this_coro::executor;
    auto session = session_of(home, *request, *std::move(place), *granted, {view_url_of(*request)});
    session->follow(0, std::move(made.topic));
    co_return begun_stream{std::move(session), head_of(target->of.get())};
}

result<view_question> view_streams::question_of(std::string_view url, const exchange& call,
                                                const request_head& request) const {
    result<std::string> target = target_of_view_url(url, call.scheme(), call.authority());
    if (!target) return target.error();
    std::optional<site::place> place = with_.places->find(target_path(*target));
    if (!place || !place->of_view) return error{errc::not_found, "no view for " + std::string(target_path(*target))};
    result<view_target> of_view = understand_target(std::move(place->of_view), place->captures, target_query(*target));
    if (!of_view) return of_view.error();
    return understand(std::make_shared<const view_target>(*std::move(of_view)), request);
}

boost::asio::awaitable<std::optional<begun_stream>> view_streams::begin_many(exchange& call) {
    result<std::vector<std::string>> urls = views_of_stream(call.head().query(), with_.settings->streams.views);
    if (!urls) {
        call.respond_error(urls.error());
        co_return std::nullopt;
    }
    std::optional<stream_places::place> place = take_place(call);
    if (!place) co_return std::nullopt;
    const auto request = std::make_shared<const request_head>(call.head());
    const auto home = co_await boost::asio::this_coro::executor;

    std::vector<result<view_question>> questions;
    bool with_token = false;
    for (const std::string& url : *urls) {
        questions.push_back(question_of(url, call, *request));
        with_token = with_token || (questions.back() && forwards_token(questions.back()->of()));
    }
    const std::optional<right> granted = right_of(call, with_token);
    if (!granted) co_return std::nullopt;
    auto session = session_of(home, *request, *std::move(place), *granted, *urls);
    if (request->method != "HEAD") {
        for (std::size_t at = 0; at < questions.size(); ++at) {
            if (!questions[at]) {
                const error& why = questions[at].error();
                session->fail(at, make_problem(status_of(why.code), why));
                continue;
            }
            auto later = open_later(with_.held_by.hold(), *std::move(questions[at]), request, session, at);
            boost::asio::co_spawn(home, std::move(later), boost::asio::detached);
        }
    }
    co_return begun_stream{std::move(session), head_of(nullptr)};
}

// `hold` is let go with the coroutine's own frame.
boost::asio::awaitable<void> view_streams::open_later([[maybe_unused]] owner_hold hold, view_question question,
                                                      std::shared_ptr<const request_head> request,
                                                      std::shared_ptr<stream_session> session, std::size_t at) {
    const view_question kept = question;
    auto opening = open(std::move(question), request);
    opened made = co_await std::move(opening);
    if (!made.topic) {
        session->fail(at, made.why);
        if (ends_streams(made.why.head.status)) co_return;
        // It is tried again while the client is there, and followed as soon as it is made.
        made.topic =
            with_.hub->topic_of_failed(with_.refresh->order_of(kept, *request), made.why, made.older_may_stand_in);
    }
    session->follow(at, std::move(made.topic));
}

boost::asio::awaitable<bool> view_streams::wait_for_change(exchange& call, const view_question& question) {
    const auto wished = wait_preferred(call.head().fields);
    // Who holds another version has nothing to wait for, and nobody waits where all are asked to go.
    const cache::entry_ptr stored = with_.store->peek(question.key);
    const bool holds_another = stored && !none_match_fails(call.head().fields, stored->etag());
    if (!wished || holds_another || with_.hub->moving()) co_return true;
    const milliseconds wait = std::min<milliseconds>(*wished, with_.settings->streams.wait_limit);
    const auto applied = std::chrono::floor<std::chrono::seconds>(wait);
    std::optional<stream_places::place> place = take_place(call);
    if (!place) co_return false;
    with_.hub->count().waits.add();
    const auto request = std::make_shared<const request_head>(call.head());
    auto opening = open(question, request);
    const opened made = co_await std::move(opening);
    // What can't be followed, or wouldn't be told, is answered as ever.
    if (!made.topic || made.topic->in_trouble()) co_return true;
    call.extra_fields().append("Preference-Applied", "wait=" + std::to_string(applied.count()));

    const auto home = co_await boost::asio::this_coro::executor;
    const auto waiter = std::make_shared<change_waiter>(home);
    const auto membership = made.topic->readers().join(home, *waiter);
    const auto of_everybody = with_.hub->everybody().join(home, *waiter);
    call.on_gone([waiter] { waiter->leave(); });
    const steady_time until = with_.time->steady_now() + wait;
    while (!waiter->left() && !with_.hub->moving() && !made.topic->ended() && !made.topic->in_trouble() &&
           none_match_fails(request->fields, made.topic->etag())) {
        auto waiting = waiter->wait(until);
        const bool woken = co_await std::move(waiting);
        if (!woken) break;
    }
    co_return true;
}

}  // namespace nearside::proxy
