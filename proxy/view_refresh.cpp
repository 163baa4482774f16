#include "proxy/view_refresh.h"

#include "cache/reuse.h"
#include "proxy/second_tier.h"
#include "proxy/wakeup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace nearside::proxy {

namespace {

refresh_result make_failed(error cause) {
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->failure = aggregators::plan_failure{.cause = std::move(cause)};
    return outcome;
}

// How old the copies of steps may be that a run begins with. A window that the operator or the client names counts for
// the parts too, though their origin would allow more.
std::optional<milliseconds> oldest_part(const view_question& question) {
    if (question.asked.no_cache) return milliseconds{0};
    std::optional<milliseconds> oldest = question.of().windows.fresh;
    if (question.asked.max_age)
        oldest = std::min(oldest.value_or(milliseconds::max()), milliseconds{*question.asked.max_age});
    return oldest;
}

}  // namespace

view_refresh::view_refresh(refresh_environment environment)
    : environment_(std::move(environment)), lost_(make_failed({errc::internal, "the refresh ended early"})) {}

void view_refresh::behind(const view_question& question, const request_head& request, const cache::entry_ptr& stored) {
    if (cache::refresh_failed_just_now(*stored, environment_.time->wall_now())) return;
    const flights::seat seat =
        join(question.key, oldest_part(question), [&] { return environment_.store->peek(question.key) != stored; });
    if (seat.leads) launch(order_of(question, request), seat.of, call_priority::background, stored);
}

boost::asio::awaitable<view_refresh::waited> view_refresh::wait(const view_question& question,
                                                                const request_head& request, milliseconds limit,
                                                                part_taker* parts, late_copy* late) {
    const auto home = co_await boost::asio::this_coro::executor;
    const steady_time asked_at = environment_.time->steady_now();
    while (true) {
        const boarding boarded = board(question, asked_at);
        if (boarded.landed) co_return waited{boarded.landed, true};
        const flights::seat& seat = boarded.seat;
        if (seat.leads) {
            launch(order_of(question, request), seat.of, call_priority::foreground, boarded.newest, question.tier_time);
        } else {
            seat.of->aboard.waited_for.raise();
        }
        // Whether another's run uses anything older than this request shows in the end alone, unless all is read anew.
        // So does whether something was invalidated that it shows, where anything was since it began.
        const bool insists = !cache::is_late_enough(question.asked, steady_time::min(), asked_at) ||
                             seat.of->aboard.stamp.load(std::memory_order_relaxed) < environment_.epochs->now();
        const bool anew = seat.of->aboard.reads_anew.load(std::memory_order_relaxed) &&
                          cache::is_late_enough(question.asked, seat.of->began(), asked_at);
        if (parts != nullptr && (seat.leads || !insists || anew)) {
            auto following = follow(seat.of, seat.leads, *parts, asked_at + limit);
            const bool wants_more = co_await std::move(following);
            if (!wants_more) co_return waited{nullptr, !seat.leads};
        } else {
            const auto woken = std::make_shared<wakeup>(home);
            bool waits = seat.of->on_landed(woken->signaller());
            if (waits && late != nullptr) late->on_landed(woken->signaller());
            while (waits) {
                const bool in_time = co_await woken->wait(asked_at + limit);
                waits = in_time && !seat.of->outcome();
                if (waits && late != nullptr && late->will_do()) co_return waited{nullptr, !seat.leads};
            }
        }

        const std::optional<refresh_result> outcome = seat.of->outcome();
        if (!outcome) co_return waited{nullptr, !seat.leads};
        const steady_time read_from = (*outcome)->used_older ? steady_time::min() : seat.of->began();
        const bool late_enough = cache::is_late_enough(question.asked, read_from, asked_at) &&
                                 (!(*outcome)->found || is_fresh_for(question, *(*outcome)->made)) &&
                                 fate_of((*outcome)->made, *question.target) == cache::invalidation::none;
        if (seat.leads || ((*outcome)->shareable && late_enough))
            co_return waited{*outcome, !seat.leads, {seat.of, &seat.of->aboard.progress}};
    }
}

// What a run begins with shows to those who join before its leader has come to launch() it.
template <class Settled>
view_refresh::flights::seat view_refresh::join(const std::string& key, std::optional<milliseconds> oldest,
                                               Settled settled) {
    const auto any_outcome = [](const refresh_result&) { return true; };
    const auto begin = [&](aboard& of) { begin_aboard(of, oldest); };
    return flights_.join_unless(key, environment_.time->steady_now(), any_outcome, std::move(settled), begin);
}

void view_refresh::begin_aboard(aboard& of, std::optional<milliseconds> oldest) const {
    of.stamp.store(environment_.epochs->now(), std::memory_order_relaxed);
    of.reads_anew.store(oldest == milliseconds{0}, std::memory_order_relaxed);
}

view_refresh::boarding view_refresh::board(const view_question& question, steady_time asked_at) {
    // What turned out not to be shareable never queues: each has a flight of its own.
    if (uncacheable_.contains(question.key, asked_at)) return {{std::make_shared<flights::flight>(asked_at), true}};
    cache::entry_ptr newest;
    const auto landed_just_now = [&] {
        newest = environment_.store->peek(question.key);
        if (!newest) return false;
        const cache::stored_facts facts = cache::facts_of(*newest, fate_of(newest, *question.target));
        const cache::reuse_decision decision =
            cache::decide_reuse(&facts, question.asked, environment_.time->wall_now());
        return decision.verdict == cache::reuse::fresh && !facts.made_stale;
    };
    flights::seat seat = join(question.key, oldest_part(question), landed_just_now);
    if (seat.of) return {std::move(seat), std::move(newest)};
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->made = newest;
    outcome->stored = true;
    return {{}, std::move(newest), std::move(outcome)};
}

bool view_refresh::is_fresh_for(const view_question& question, const cache::entry& found) const {
    return cache::decide_reuse(&found, question.asked, environment_.time->wall_now()).verdict == cache::reuse::fresh;
}

boost::asio::awaitable<bool> view_refresh::follow(std::shared_ptr<flights::flight> of, bool leads, part_taker& parts,
                                                  steady_time until) {
    const auto home = co_await boost::asio::this_coro::executor;
    const auto woken = std::make_shared<wakeup>(home);
    const std::shared_ptr<aggregators::view_progress> progress(of, &of->aboard.progress);
    if (!of->on_landed(woken->signaller())) co_return true;
    progress->want();
    std::size_t heard = 0;
    bool for_this_one = true;
    while (!of->outcome()) {
        std::vector<aggregators::view_progress::part> told;
        if (for_this_one) told = progress->behind(heard);
        for (aggregators::view_progress::part& part : told) {
            ++heard;
            for_this_one = leads || part.shareable;
            if (!for_this_one) break;
            auto taking = parts.take(progress, std::move(part));
            const bool goes_on = co_await std::move(taking);
            if (!goes_on) co_return false;
        }
        const bool more = for_this_one && !progress->on_more(heard, woken->signaller());
        if (more) continue;
        const bool in_time = co_await woken->wait(until);
        if (!in_time) co_return true;
    }
    co_return true;
}

void view_refresh::ahead(const refresh_order& order, std::function<void()> done) {
    const cache::entry_ptr stored = environment_.store->peek(order.key);
    if (stored && cache::refresh_failed_just_now(*stored, environment_.time->wall_now())) return done();
    const flights::seat seat = join(order.key, order.oldest, [] { return false; });
    if (seat.leads) {
        if (!seat.of->on_landed(done)) return done();
        launch(order, seat.of, call_priority::background, stored);
        return;
    }
    // What another's run comes to may be struck by what was invalidated after it began.
    auto landed = [this, order, done, hold = environment_.held_by.hold(), of = std::weak_ptr(seat.of)] {
        const auto flight = of.lock();
        const auto outcome = flight ? flight->outcome() : std::nullopt;
        const bool struck =
            outcome && (*outcome)->made && fate_of((*outcome)->made, *order.target) != cache::invalidation::none;
        if (struck)
            ahead(order, done);
        else
            done();
    };
    if (!seat.of->on_landed(landed)) landed();
}

cache::invalidation view_refresh::fate_of(const cache::entry_ptr& stored, const view_target& target) const {
    return stored ? environment_.epochs->fate_of(*stored, names_of(target)) : cache::invalidation::none;
}

refresh_order view_refresh::order_of(const view_question& question, const request_head& request) const {
    refresh_order order{question.target, question.key, {}, oldest_part(question)};
    // What made the copy is stored, too, and may be as old.
    const bool struck = fate_of(environment_.store->peek(question.key), *question.target) != cache::invalidation::none;
    if (struck) order.oldest = milliseconds{0};
    order.insists = question.asked.no_cache || question.asked.max_age || question.asked.min_fresh;
    for (const std::string& name : question.of().upstreams) {
        if (const auto& pool = environment_.pools->find(name)) {
            order.forwarded.emplace(name, forwarded_fields(request.fields, pool->settings()));
        }
    }
    return order;
}

void view_refresh::launch(refresh_order order, std::shared_ptr<flights::flight> of, call_priority priority,
                          cache::entry_ptr before, tier_budget_ptr tier_time) {
    if (!tier_time && environment_.second != nullptr) tier_time = environment_.second->lookups().make_budget();
    const auto& home = environment_.executors[next_executor_++ % environment_.executors.size()];
    begin_aboard(of->aboard, order.oldest);
    of->aboard.insists.store(order.insists, std::memory_order_relaxed);
    ++under_way_;
    try {
        step_cache::run steps{.below = nullptr,
                              .forwarded = std::move(order.forwarded),
                              .home = home,
                              .background = priority == call_priority::background,
                              .oldest = order.oldest,
                              .marks = environment_.pools->marks(),
                              .tier_time = std::move(tier_time)};
        auto detached_run =
            run(environment_.held_by.hold(), order.target, order.key, std::move(steps), of, std::move(before));
        boost::asio::co_spawn(home, std::move(detached_run), boost::asio::detached);
    } catch (...) {
        --under_way_;
        // Who leads has to land, or the key would be waited for in vain from now on.
        flights_.land(order.key, of, make_failed({errc::internal, "the refresh could not be started"}));
    }
}

// `hold` is let go with the coroutine's own frame, when nothing here is touched any more.
boost::asio::awaitable<void> view_refresh::run([[maybe_unused]] owner_hold hold,
                                               std::shared_ptr<const view_target> target, std::string key,
                                               step_cache::run steps, std::shared_ptr<flights::flight> flight,
                                               cache::entry_ptr before) {
    const std::weak_ptr<flights::flight> theirs = flight;
    try {
        auto publishing =
            publish_and_repair(std::move(target), key, std::move(steps), std::move(flight), std::move(before));
        co_await std::move(publishing);
    } catch (...) {
        // Out of memory, most likely, on the way to an answer: whoever waits is told with what there is.
        if (const auto waited_for = theirs.lock()) flights_.land(key, waited_for, lost_);
    }
    --under_way_;
}

boost::asio::awaitable<void> view_refresh::publish_and_repair(std::shared_ptr<const view_target> target,
                                                              std::string key, step_cache::run steps,
                                                              std::shared_ptr<flights::flight> flight,
                                                              cache::entry_ptr before) {
    const auto making =
        std::make_shared<view_making>(environment_, view_making::task{.hold = environment_.held_by.hold(),
                                                                      .target = target,
                                                                      .key = key,
                                                                      .aboard = {flight, &flight->aboard},
                                                                      .before = std::move(before),
                                                                      .tier_time = steps.tier_time,
                                                                      .shares_nothing = shares_nothing(key)});
    auto publishing = making->publish(std::move(steps));
    refresh_result outcome = co_await std::move(publishing);
    if (!outcome->shareable) uncacheable_.remember(key, environment_.time->steady_now());
    const bool to_prove = making->has_to_be_proven(*outcome);
    cache::entry_ptr published = outcome->made;
    flights_.land(key, flight, std::move(outcome));
    flight.reset();
    making->let_go_of_waiters();
    if (!to_prove) co_return;
    try {
        auto repairing = making->repair(std::move(published));
        co_await std::move(repairing);
    } catch (const std::exception& failure) {
        environment_.log->error("view repair threw", {{"view", target->of->name}, {"what", failure.what()}});
    }
}

}  // namespace nearside::proxy
