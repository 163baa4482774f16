#include "proxy/view_refresh.h"

#include "cache/reuse.h"
#include "proxy/cluster.h"
#include "proxy/offload.h"
#include "proxy/second_tier.h"
#include "proxy/upstream_fetch.h"
#include "proxy/view_answer.h"
#include "proxy/view_entry_tags.h"
#include "proxy/view_failure.h"
#include "proxy/wakeup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace nearside::proxy {

namespace {

// Hashing more than this is left to the workers: it is what holds an io thread for about a quarter of a millisecond.
constexpr std::size_t finish_here = 256 * 1024;

// That a run waits for another node's, and how often it does before it goes on by itself.
constexpr milliseconds longest_join{30'000};
constexpr int most_joins = 3;

refresh_result make_failed(error cause) {
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->failure = aggregators::plan_failure{.cause = std::move(cause)};
    return outcome;
}

// What may not be kept is only for the one who caused it.
bool may_be_shared(cache::refusal refused) noexcept {
    return refused == cache::refusal::none || refused == cache::refusal::no_lifetime;
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
    if (seat.leads) launch(order_of(question, request), seat.of, call_priority::background);
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
            launch(order_of(question, request), seat.of, call_priority::foreground, question.tier_time);
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
    if (seat.of) return {std::move(seat)};
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->made = std::move(newest);
    outcome->stored = true;
    return {{}, std::move(outcome)};
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
        launch(order, seat.of, call_priority::background);
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
                          tier_budget_ptr tier_time) {
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
        auto detached_run = run(environment_.held_by.hold(), order.target, order.key, std::move(steps), of);
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
                                               step_cache::run steps, std::shared_ptr<flights::flight> flight) {
    const std::weak_ptr<flights::flight> theirs = flight;
    try {
        auto publishing = publish_and_repair(std::move(target), key, std::move(steps), std::move(flight));
        co_await std::move(publishing);
    } catch (...) {
        // Out of memory, most likely, on the way to an answer: whoever waits is told with what there is.
        if (const auto waited_for = theirs.lock()) flights_.land(key, waited_for, lost_);
    }
    --under_way_;
}

boost::asio::awaitable<void> view_refresh::publish_and_repair(std::shared_ptr<const view_target> target,
                                                              std::string key, step_cache::run steps,
                                                              std::shared_ptr<flights::flight> flight) {
    refresh_result outcome;
    std::string thrown;
    const auto refresh = std::make_shared<refreshing>();
    refresh->hold = environment_.held_by.hold();
    refresh->target = target;
    refresh->key = key;
    refresh->shared = {flight, &flight->aboard};
    refresh->tier_time = steps.tier_time;
    cache::entry_ptr before = environment_.store->peek(key);
    try {
        // Who waits has looked there, too.
        if (steps.background) {
            auto finding = find_in_second(refresh);
            outcome = co_await std::move(finding);
        }
        if (!outcome) {
            auto joining = join_nodes(refresh, std::move(before));
            outcome = co_await std::move(joining);
        }
        if (!outcome) {
            auto making = make_unstruck(refresh, std::move(steps));
            outcome = co_await std::move(making);
        }
    } catch (const std::exception& failure) {
        thrown = failure.what();
    } catch (...) {
        thrown = "something that is no exception";
    }
    if (!outcome) {
        environment_.log->error("view refresh threw", {{"view", target->of->name}, {"what", thrown}});
        outcome = failed(*target->of, key, {.cause = {errc::internal, "the view could not be made"}});
    }
    // What is stored lets go of it when it has been written.
    if (refresh->leads_nodes && (!outcome->stored || outcome->found)) environment_.nodes->let_go(key);
    if (!outcome->shareable) uncacheable_.remember(key, environment_.time->steady_now());
    const bool to_prove = outcome->stored && !outcome->found && refresh->speculating->fetcher()->unproven() > 0;
    cache::entry_ptr published = outcome->made;
    flights_.land(key, flight, std::move(outcome));
    // A repair may take long, and what was told is told.
    flight.reset();
    refresh->shared.reset();
    if (to_prove) {
        try {
            auto repairing = repair(refresh, std::move(published));
            co_await std::move(repairing);
        } catch (const std::exception& failure) {
            environment_.log->error("view repair threw", {{"view", target->of->name}, {"what", failure.what()}});
        }
    }
}

// For a refresh that nobody waits for, of a view that memory doesn't have: one that is to be kept warm, by a node that
// was just started. Null: there is nothing fresh.
boost::asio::awaitable<refresh_result> view_refresh::find_in_second(std::shared_ptr<const refreshing> of) {
    second_tier* const second = environment_.second;
    if (second == nullptr || !second->answers() || environment_.store->peek(of->key)) co_return nullptr;
    auto looking = look_in_second(of, nullptr, steady_time::min());
    co_return co_await std::move(looking);
}

// `before`: what memory had when the refresh began, which may be null.
boost::asio::awaitable<refresh_result> view_refresh::join_nodes(std::shared_ptr<refreshing> of,
                                                                cache::entry_ptr before) {
    const cluster* const nodes = environment_.nodes;
    const steady_time now = environment_.time->steady_now();
    const bool shared = nodes != nullptr && environment_.second->answers() &&
                        !environment_.second->lookups().was_late(now) &&
                        !of->shared->insists.load(std::memory_order_relaxed) && !uncacheable_.contains(of->key, now);
    for (int attempts = 0; shared && attempts < most_joins; ++attempts) {
        using verdict = cache::cluster_flights::verdict;
        auto joining = nodes->join(of->key, longest_join, of->tier_time);
        const verdict joined = co_await std::move(joining);
        if (joined == verdict::alone) break;
        // Also who leads: another may have made it between this node's last look and now.
        of->leads_nodes = joined == verdict::leads;
        const cache::entry_ptr present = environment_.store->peek(of->key);
        // Somebody else's look has brought it here already.
        if (present != before) {
            if (refresh_result brought = fresh_found(*of, present, before)) co_return brought;
        }
        auto looking = look_in_second(of, present, environment_.time->steady_now());
        refresh_result found = co_await std::move(looking);
        if (found || of->leads_nodes) co_return found;
    }
    co_return nullptr;
}

boost::asio::awaitable<refresh_result> view_refresh::look_in_second(std::shared_ptr<const refreshing> of,
                                                                    cache::entry_ptr seen, steady_time not_before) {
    auto looking = environment_.second->lookups().look(of->key, seen, of->tier_time, not_before);
    const tier_lookup::looked looked = co_await std::move(looking);
    co_return fresh_found(*of, looked.found, seen);
}

// Null unless it is fresh. `older`: what it takes the place of, which may be null.
refresh_result view_refresh::fresh_found(const refreshing& of, const cache::entry_ptr& found,
                                         const cache::entry_ptr& older) const {
    if (!found || fate_of(found, *of.target) != cache::invalidation::none) return nullptr;
    const milliseconds left = cache::time_to_live(*found, environment_.time->wall_now());
    if (left <= milliseconds{0}) return nullptr;
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->made = found;
    outcome->stored = outcome->used_older = outcome->found = true;
    if (environment_.published) environment_.published(of.key, left, found->lives.stale);
    if (environment_.announced) environment_.announced(found, older);
    return outcome;
}

void view_refresh::put(const cache::entry_ptr& stored) const {
    if (environment_.second != nullptr) environment_.second->put(stored);
}

void view_refresh::erase(const std::string& key) const {
    environment_.store->erase(key);
    if (environment_.second != nullptr) environment_.second->erase(key);
}

boost::asio::awaitable<void> view_refresh::recall(std::shared_ptr<const refreshing> of) const {
    if (!of->tier_time) co_return;
    const tier_wait waits(of->tier_time, *environment_.time);
    if (!waits.may_begin()) co_return;
    auto recalling = environment_.speculating->recall(of->key, waits.patience());
    co_await std::move(recalling);
}

// A view whose tags are known only when it is made may turn out to be made of stored parts that an invalidation of its
// tags was meant for: then it is made again, once, of what is read now.
boost::asio::awaitable<refresh_result> view_refresh::make_unstruck(std::shared_ptr<refreshing> of,
                                                                   step_cache::run steps) {
    auto recalling = recall(of);
    co_await std::move(recalling);
    step_cache::run anew = steps;
    anew.oldest = milliseconds{0};
    begin(*of, std::move(steps));
    auto making = make(of);
    refresh_result outcome = co_await std::move(making);
    if (!of->struck) co_return outcome;
    of->made_again = true;
    of->shared->progress.revise();
    begin(*of, std::move(anew));
    auto making_again = make(of);
    co_return co_await std::move(making_again);
}

void view_refresh::begin(refreshing& of, step_cache::run steps) const {
    of.asked = environment_.time->wall_now();
    of.began_stamp = environment_.epochs->now();
    if (of.shared) of.shared->stamp.store(of.began_stamp, std::memory_order_relaxed);
    of.previous = environment_.store->peek(of.key);
    fetch_environment fetching{.pools = environment_.pools,
                               .forwarded = steps.forwarded,
                               .home = steps.home,
                               .workers = environment_.workers,
                               .via = environment_.name,
                               .priority = steps.background ? call_priority::background : call_priority::foreground};
    const bool for_nobody = steps.background;
    boost::asio::any_io_executor home = steps.home;
    steps.below = std::make_shared<upstream_fetcher>(std::move(fetching));
    steps.strict = of.of()->strict;
    of.steps = std::make_shared<step_cache>(*environment_.steps, std::move(steps));
    if (for_nobody) {
        of.shared->waited_for.on_raised([home, run = std::weak_ptr(of.steps)] {
            boost::asio::post(home, [run] {
                if (const auto here = run.lock()) here->somebody_waits();
            });
        });
    }
    of.speculating.emplace(*environment_.speculating, of.of(), of.key, of.steps, std::move(home));
}

// Windows that are named for a view begin when what it shows was read, were it for another view.
cache::configured_lifetime view_refresh::windows_of(const refreshing& of) {
    cache::configured_lifetime windows = of.of()->windows;
    if (!windows.fresh || *windows.fresh == milliseconds{0}) return windows;
    windows.fresh = std::max(milliseconds{1}, *windows.fresh - of.steps->oldest_stored());
    return windows;
}

boost::asio::awaitable<refresh_result> view_refresh::make(std::shared_ptr<refreshing> of) {
    const view_meters::of_view& meters = environment_.meters->of(*of->of());
    const steady_time began = environment_.time->steady_now();
    aggregators::run_context context{
        .upstreams = of->speculating->fetcher(),
        .workers = environment_.workers,
        .time = environment_.time,
        .older_copy_may_stand_in = of->previous != nullptr,
        .is_unchanged = [of] { return of->previous && of->speculating->brought_what_made(of->previous->etag()); },
        .progress =
            of->made_again ? nullptr : std::shared_ptr<aggregators::view_progress>(of->shared, &of->shared->progress),
        .is_shareable =
            [of](const header_fields& fields) {
                const view& what = *of->of();
                return may_be_shared(
                    cache::decide_view_lifetime(what.windows, {&fields, 1}, what.for_everybody, false, of->asked)
                        .refused);
            }};
    auto running = aggregators::run_plan(of->of()->plan, of->target->inputs, std::move(context));
    aggregators::plan_outcome ran = co_await std::move(running);
    const std::chrono::duration<double> took = environment_.time->steady_now() - began;
    meters.run_seconds.observe(took.count());
    if (!ran) {
        if (revokes_stored(ran.error())) of->speculating->forget();
        co_return failed(*of->of(), of->key, std::move(ran).error());
    }

    const auto made = std::make_shared<const aggregators::composed_view>(*std::move(ran));
    const cache::view_lifetime lifetime = cache::decide_view_lifetime(
        windows_of(*of), made->upstream_fields, of->of()->for_everybody, !made->partial.empty(), of->asked);
    cache::entry_ptr previous = made->unchanged ? of->previous : environment_.store->peek(of->key);
    auto finishing = finish(of, made, lifetime, previous);
    const std::shared_ptr<cache::entry> finished = co_await std::move(finishing);
    of->struck = !of->made_again && finished->stamp < of->began_stamp &&
                 fate_of(finished, *of->target) != cache::invalidation::none;
    if (of->struck) co_return nullptr;
    meters.ignored_tags.add(made->tags_left_out + of->steps->uri_tags_left_out());
    (previous && previous->etag() == finished->etag() ? meters.runs_unchanged : meters.runs_changed).add();

    auto outcome = std::make_shared<refresh_outcome>();
    outcome->made = finished;
    environment_.schemas->saw(*of->of(), finished->etag(), finished->content);
    outcome->refused = lifetime.refused;
    outcome->used_older = of->steps->used_older();
    outcome->shareable = may_be_shared(lifetime.refused);
    if (outcome->shareable)
        of->speculating->keep(made->partial.empty() ? finished->etag() : std::string_view{});
    else
        of->speculating->forget();
    if (lifetime.refused == cache::refusal::none) {
        outcome->stored = environment_.store->put(finished);
        if (outcome->stored) put(finished);
        if (outcome->stored && environment_.published)
            environment_.published(of->key, cache::time_to_live(*finished, environment_.time->wall_now()),
                                   finished->lives.stale);
        if (outcome->stored && environment_.announced) environment_.announced(finished, previous);
    } else {
        // An older copy was stored under rules that no longer hold.
        erase(of->key);
        withdraw(of->key, not_streamable(lifetime.refused));
    }
    co_return outcome;
}

// The same plan again behind what was published, where only what is proven counts; what was published stays unless this
// comes to something else.
boost::asio::awaitable<void> view_refresh::repair(std::shared_ptr<refreshing> of, cache::entry_ptr published) {
    const view_meters::of_view& meters = environment_.meters->of(*of->of());
    of->speculating->fetcher()->begin_repair();
    aggregators::run_context context{.upstreams = of->speculating->fetcher(),
                                     .workers = environment_.workers,
                                     .time = environment_.time,
                                     .older_copy_may_stand_in = true};
    auto running = aggregators::run_plan(of->of()->plan, of->target->inputs, std::move(context));
    aggregators::plan_outcome ran = co_await std::move(running);
    // What a later refresh has published is not older; the store looks again when it comes to replacing.
    const bool newest = environment_.store->peek(of->key) == published;
    if (!ran) {
        meters.repairs_failed.add();
        if (newest && revokes_stored(ran.error())) {
            erase(of->key);
            of->speculating->forget();
            withdraw(of->key, make_problem(ran.error(), of->of()->name));
        }
        co_return;
    }
    if (!newest) co_return;
    const auto made = std::make_shared<const aggregators::composed_view>(*std::move(ran));
    const cache::view_lifetime lifetime = cache::decide_view_lifetime(
        windows_of(*of), made->upstream_fields, of->of()->for_everybody, !made->partial.empty(), of->asked);
    auto finishing = finish(of, made, lifetime, published);
    const std::shared_ptr<cache::entry> finished = co_await std::move(finishing);
    if (environment_.store->peek(of->key) != published) co_return;
    of->speculating->keep(made->partial.empty() ? finished->etag() : std::string_view{});
    if (lifetime.refused != cache::refusal::none) {
        erase(of->key);
        withdraw(of->key, not_streamable(lifetime.refused));
    } else if (finished->etag() == published->etag()) {
        meters.repairs_unchanged.add();
    } else {
        meters.repairs_changed.add();
        if (environment_.store->replace(published, finished)) put(finished);
        if (environment_.announced) environment_.announced(finished, published);
    }
}

boost::asio::awaitable<std::shared_ptr<cache::entry>> view_refresh::finish(
    std::shared_ptr<const refreshing> of, std::shared_ptr<const aggregators::composed_view> made,
    cache::view_lifetime lifetime, cache::entry_ptr previous) const {
    std::vector<std::string> tags = made->unchanged && previous->extras
                                        ? previous->extras->tags
                                        : tags_of_view(*of->of(), *made, of->steps->uri_tags());
    auto finishing = [of, made, lifetime, previous, stamp = of->steps->stamp(), tags = std::move(tags)] {
        return make_view_entry(of->key, *of->of(), *made, lifetime,
                               {.born = of->asked - lifetime.age, .stamp = stamp, .tags = tags}, previous);
    };
    if (made->content.size() <= finish_here) co_return finishing();
    auto elsewhere = offload(environment_.workers, std::move(finishing));
    co_return co_await std::move(elsewhere);
}

void view_refresh::withdraw(const std::string& key, const problem& why) const {
    if (environment_.withdrawn) environment_.withdrawn(key, why);
}

refresh_result view_refresh::failed(const view& of, const std::string& key, aggregators::plan_failure failure) {
    environment_.meters->of(of).runs_failed.add();
    // What an upstream answers about a user or a missing thing is no trouble of anybody's: it mustn't fill the log.
    const log_level level = is_upstream_trouble(failure) ? log_level::warning : log_level::debug;
    environment_.log->write(level, "view refresh failed",
                            {{"view", of.name},
                             {"step", failure.step},
                             {"error", to_string(failure.cause.code)},
                             {"detail", failure.cause.detail},
                             {"upstream_status", failure.upstream_status}});
    if (revokes_stored(failure)) {
        erase(key);
        withdraw(key, make_problem(failure, of.name));
    } else if (const cache::entry_ptr stored = environment_.store->peek(key)) {
        cache::note_failed_refresh(*stored, environment_.time->wall_now() + environment_.retry_after);
    }
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->failure = std::move(failure);
    return outcome;
}

}  // namespace nearside::proxy
