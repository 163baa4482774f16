#include "proxy/view_making.h"

#include "cache/reuse.h"
#include "proxy/cluster.h"
#include "proxy/offload.h"
#include "proxy/second_tier.h"
#include "proxy/upstream_fetch.h"
#include "proxy/view_answer.h"
#include "proxy/view_entry_tags.h"
#include "proxy/view_failure.h"

#include <boost/asio/post.hpp>

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

// What may not be kept is only for the one who caused it.
bool may_be_shared(cache::refusal refused) noexcept {
    return refused == cache::refusal::none || refused == cache::refusal::no_lifetime;
}

}  // namespace

boost::asio::awaitable<refresh_result> view_making::publish(step_cache::run steps) {
    refresh_result outcome;
    std::string thrown;
    try {
        auto making = bring_or_make(std::move(steps));
        outcome = co_await std::move(making);
    } catch (const std::exception& failure) {
        thrown = failure.what();
    } catch (...) {
        thrown = "something that is no exception";
    }
    if (!outcome) {
        with_.log->error("view refresh threw", {{"view", of().name}, {"what", thrown}});
        outcome = failed({.cause = {errc::internal, "the view could not be made"}});
    }
    // What is stored lets go of it when it has been written.
    if (leads_nodes_ && (!outcome->stored || outcome->found)) with_.nodes->let_go(key());
    co_return outcome;
}

boost::asio::awaitable<refresh_result> view_making::bring_or_make(step_cache::run steps) {
    refresh_result found;
    // Who waits has looked there, too.
    if (steps.background) {
        auto finding = find_in_second();
        found = co_await std::move(finding);
    }
    if (!found) {
        auto joining = join_nodes(std::exchange(task_.before, nullptr));
        found = co_await std::move(joining);
    }
    if (found) co_return found;
    auto making = make_unstruck(std::move(steps));
    co_return co_await std::move(making);
}

bool view_making::has_to_be_proven(const refresh_outcome& published) const {
    return published.stored && !published.found && speculating_->fetcher()->unproven() > 0;
}

// For a refresh that nobody waits for, of a view that memory doesn't have: one that is to be kept warm, by a node that
// was just started. Null: there is nothing fresh.
boost::asio::awaitable<refresh_result> view_making::find_in_second() {
    second_tier* const second = with_.second;
    if (second == nullptr || !second->answers() || with_.store->peek(key())) co_return nullptr;
    auto looking = look_in_second(nullptr, steady_time::min());
    co_return co_await std::move(looking);
}

// `before`: what memory had when the refresh began, which may be null.
boost::asio::awaitable<refresh_result> view_making::join_nodes(cache::entry_ptr before) {
    const cluster* const nodes = with_.nodes;
    const steady_time now = with_.time->steady_now();
    const bool shared = nodes != nullptr && with_.second->answers() && !with_.second->lookups().was_late(now) &&
                        !task_.aboard->insists.load(std::memory_order_relaxed) && !task_.shares_nothing;
    for (int attempts = 0; shared && attempts < most_joins; ++attempts) {
        using verdict = cache::cluster_flights::verdict;
        auto joining = nodes->join(key(), longest_join, task_.tier_time);
        const verdict joined = co_await std::move(joining);
        if (joined == verdict::alone) break;
        // Also who leads: another may have made it between this node's last look and now.
        leads_nodes_ = joined == verdict::leads;
        const cache::entry_ptr present = with_.store->peek(key());
        // Somebody else's look has brought it here already.
        if (present != before) {
            if (refresh_result brought = fresh_found(present, before)) co_return brought;
        }
        auto looking = look_in_second(present, with_.time->steady_now());
        refresh_result found = co_await std::move(looking);
        if (found || leads_nodes_) co_return found;
    }
    co_return nullptr;
}

boost::asio::awaitable<refresh_result> view_making::look_in_second(cache::entry_ptr seen, steady_time not_before) {
    auto looking = with_.second->lookups().look(key(), seen, task_.tier_time, not_before);
    const tier_lookup::looked looked = co_await std::move(looking);
    co_return fresh_found(looked.found, seen);
}

// Null unless it is fresh. `older`: what it takes the place of, which may be null.
refresh_result view_making::fresh_found(const cache::entry_ptr& found, const cache::entry_ptr& older) const {
    if (!found || fate_of(found) != cache::invalidation::none) return nullptr;
    const milliseconds left = cache::time_to_live(*found, with_.time->wall_now());
    if (left <= milliseconds{0}) return nullptr;
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->made = found;
    outcome->stored = outcome->used_older = outcome->found = true;
    if (with_.published) with_.published(key(), left, found->lives.stale);
    if (with_.announced) with_.announced(found, older);
    return outcome;
}

boost::asio::awaitable<void> view_making::recall() {
    if (!task_.tier_time) co_return;
    const tier_wait waits(task_.tier_time, *with_.time);
    if (!waits.may_begin()) co_return;
    auto recalling = with_.speculating->recall(key(), waits.patience());
    co_await std::move(recalling);
}

// A view whose tags are known only when it is made may turn out to be made of stored parts that an invalidation of its
// tags was meant for: then it is made again, once, of what is read now.
boost::asio::awaitable<refresh_result> view_making::make_unstruck(step_cache::run steps) {
    auto recalling = recall();
    co_await std::move(recalling);
    step_cache::run anew = steps;
    anew.oldest = milliseconds{0};
    begin(std::move(steps));
    auto making = make();
    refresh_result outcome = co_await std::move(making);
    if (!struck_) co_return outcome;
    made_again_ = true;
    task_.aboard->progress.revise();
    begin(std::move(anew));
    auto making_again = make();
    co_return co_await std::move(making_again);
}

void view_making::begin(step_cache::run steps) {
    asked_ = with_.time->wall_now();
    began_stamp_ = with_.epochs->now();
    if (task_.aboard) task_.aboard->stamp.store(began_stamp_, std::memory_order_relaxed);
    previous_ = with_.store->peek(key());
    fetch_environment fetching{.pools = with_.pools,
                               .forwarded = steps.forwarded,
                               .home = steps.home,
                               .workers = with_.workers,
                               .via = with_.name,
                               .priority = steps.background ? call_priority::background : call_priority::foreground};
    const bool for_nobody = steps.background;
    boost::asio::any_io_executor home = steps.home;
    steps.below = std::make_shared<upstream_fetcher>(std::move(fetching));
    steps.strict = of().strict;
    steps_ = std::make_shared<step_cache>(*with_.steps, std::move(steps));
    if (for_nobody) {
        task_.aboard->waited_for.on_raised([home, run = std::weak_ptr(steps_)] {
            boost::asio::post(home, [run] {
                if (const auto here = run.lock()) here->somebody_waits();
            });
        });
    }
    speculating_.emplace(*with_.speculating, task_.target->of, key(), steps_, std::move(home));
}

aggregators::run_context view_making::context_of_run() {
    return {.upstreams = speculating_->fetcher(), .workers = with_.workers, .time = with_.time};
}

cache::view_lifetime view_making::lifetime_of(const aggregators::composed_view& made) const {
    // Windows that are named for a view begin when what it shows was read, were it for another view.
    cache::configured_lifetime windows = of().windows;
    if (windows.fresh && *windows.fresh > milliseconds{0})
        windows.fresh = std::max(milliseconds{1}, *windows.fresh - steps_->oldest_stored());
    return cache::decide_view_lifetime(windows, made.upstream_fields, of().for_everybody, !made.partial.empty(),
                                       asked_);
}

boost::asio::awaitable<refresh_result> view_making::make() {
    const view_meters::of_view& meters = with_.meters->of(of());
    const steady_time began = with_.time->steady_now();
    aggregators::run_context context = context_of_run();
    context.older_copy_may_stand_in = previous_ != nullptr;
    // Where upstreams name other tags than before it is composed anew, for these: the bytes may be the same.
    context.is_unchanged = [self = shared_from_this()](const std::vector<header_fields>& upstream_fields) {
        return self->previous_ && self->speculating_->brought_what_made(self->previous_->etag()) &&
               has_tags_of(self->of(), *self->previous_, upstream_fields);
    };
    if (!made_again_)
        context.progress = std::shared_ptr<aggregators::view_progress>(task_.aboard, &task_.aboard->progress);
    context.is_shareable = [self = shared_from_this()](const header_fields& fields) {
        const view& what = self->of();
        const cache::view_lifetime lifetime =
            cache::decide_view_lifetime(what.windows, {&fields, 1}, what.for_everybody, false, self->asked_);
        return may_be_shared(lifetime.refused);
    };
    auto running = aggregators::run_plan(of().plan, task_.target->inputs, std::move(context));
    aggregators::plan_outcome ran = co_await std::move(running);
    const std::chrono::duration<double> took = with_.time->steady_now() - began;
    meters.run_seconds.observe(took.count());
    if (!ran) {
        if (revokes_stored(ran.error())) speculating_->forget();
        co_return failed(std::move(ran).error());
    }

    const auto made = std::make_shared<const aggregators::composed_view>(*std::move(ran));
    const cache::view_lifetime lifetime = lifetime_of(*made);
    cache::entry_ptr previous = made->unchanged ? previous_ : with_.store->peek(key());
    auto finishing = finish(made, lifetime, previous);
    const std::shared_ptr<cache::entry> finished = co_await std::move(finishing);
    struck_ = !made_again_ && finished->stamp < began_stamp_ && fate_of(finished) != cache::invalidation::none;
    if (struck_) co_return nullptr;
    meters.ignored_tags.add(made->tags_left_out + steps_->uri_tags_left_out());
    (previous && previous->etag() == finished->etag() ? meters.runs_unchanged : meters.runs_changed).add();

    auto outcome = std::make_shared<refresh_outcome>();
    outcome->made = finished;
    with_.schemas->saw(of(), finished->etag(), finished->content);
    outcome->refused = lifetime.refused;
    outcome->used_older = steps_->used_older();
    outcome->shareable = may_be_shared(lifetime.refused);
    if (outcome->shareable)
        speculating_->keep(made->partial.empty() ? finished->etag() : std::string_view{});
    else
        speculating_->forget();
    if (lifetime.refused == cache::refusal::none) {
        outcome->stored = with_.store->put(finished);
        if (outcome->stored) put(finished);
        if (outcome->stored && with_.published)
            with_.published(key(), cache::time_to_live(*finished, with_.time->wall_now()), finished->lives.stale);
        if (outcome->stored && with_.announced) with_.announced(finished, previous);
    } else {
        // An older copy was stored under rules that no longer hold.
        withdraw(not_streamable(lifetime.refused));
    }
    co_return outcome;
}

boost::asio::awaitable<void> view_making::repair(cache::entry_ptr published) {
    const view_meters::of_view& meters = with_.meters->of(of());
    speculating_->fetcher()->begin_repair();
    aggregators::run_context context = context_of_run();
    context.older_copy_may_stand_in = true;
    auto running = aggregators::run_plan(of().plan, task_.target->inputs, std::move(context));
    aggregators::plan_outcome ran = co_await std::move(running);
    // What a later refresh has published is not older; the store looks again when it comes to replacing.
    const bool newest = with_.store->peek(key()) == published;
    if (!ran) {
        meters.repairs_failed.add();
        if (newest && revokes_stored(ran.error())) {
            speculating_->forget();
            withdraw(make_problem(ran.error(), of().name));
        }
        co_return;
    }
    if (!newest) co_return;
    const auto made = std::make_shared<const aggregators::composed_view>(*std::move(ran));
    const cache::view_lifetime lifetime = lifetime_of(*made);
    auto finishing = finish(made, lifetime, published);
    const std::shared_ptr<cache::entry> finished = co_await std::move(finishing);
    if (with_.store->peek(key()) != published) co_return;
    speculating_->keep(made->partial.empty() ? finished->etag() : std::string_view{});
    if (lifetime.refused != cache::refusal::none) {
        withdraw(not_streamable(lifetime.refused));
    } else if (finished->etag() == published->etag()) {
        meters.repairs_unchanged.add();
    } else {
        meters.repairs_changed.add();
        if (with_.store->replace(published, finished)) put(finished);
        if (with_.announced) with_.announced(finished, published);
    }
}

boost::asio::awaitable<std::shared_ptr<cache::entry>> view_making::finish(
    std::shared_ptr<const aggregators::composed_view> made, cache::view_lifetime lifetime, cache::entry_ptr previous) {
    std::vector<std::string> tags =
        made->unchanged && previous->extras ? previous->extras->tags : tags_of_view(of(), *made, steps_->uri_tags());
    auto finishing = [self = shared_from_this(), made, lifetime, previous, stamp = steps_->stamp(),
                      tags = std::move(tags)] {
        return make_view_entry(self->key(), self->of(), *made, lifetime,
                               {.born = self->asked_ - lifetime.age, .stamp = stamp, .tags = tags}, previous);
    };
    if (made->content.size() <= finish_here) co_return finishing();
    auto elsewhere = offload(with_.workers, std::move(finishing));
    co_return co_await std::move(elsewhere);
}

refresh_result view_making::failed(aggregators::plan_failure failure) {
    with_.meters->of(of()).runs_failed.add();
    // What an upstream answers about a user or a missing thing is no trouble of anybody's: it mustn't fill the log.
    const bool in_trouble = is_upstream_trouble(failure);
    const log_level level = in_trouble ? log_level::warning : log_level::debug;
    with_.log->write(level, "view refresh failed",
                     {{"view", of().name},
                      {"step", failure.step},
                      {"error", to_string(failure.cause.code)},
                      {"detail", failure.cause.detail},
                      {"upstream_status", failure.upstream_status}});
    if (revokes_stored(failure)) {
        withdraw(make_problem(failure, of().name));
    } else {
        if (const cache::entry_ptr stored = with_.store->peek(key()))
            cache::note_failed_refresh(*stored, with_.time->wall_now() + with_.retry_after);
        if (with_.failed) with_.failed(key(), make_problem(failure, of().name), in_trouble);
    }
    auto outcome = std::make_shared<refresh_outcome>();
    outcome->failure = std::move(failure);
    return outcome;
}

cache::invalidation view_making::fate_of(const cache::entry_ptr& stored) const {
    return with_.epochs->fate_of(*stored, names_of(*task_.target));
}

void view_making::put(const cache::entry_ptr& stored) const {
    if (with_.second != nullptr) with_.second->put(stored);
}

void view_making::withdraw(const problem& why) const {
    with_.store->erase(key());
    if (with_.second != nullptr) with_.second->erase(key());
    if (with_.withdrawn) with_.withdrawn(key(), why);
}

}  // namespace nearside::proxy
