#include "proxy/warm_views.h"

#include "proxy/offload.h"
#include "proxy/upstream_fetch.h"
#include "proxy/wakeup.h"
#include "proxy/warm_plan.h"
#include "proxy/warm_visit.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

constexpr milliseconds look_again{20};        // until connections stand
constexpr milliseconds longest_wait{5'000};   // for them: a call then tells what is wrong
constexpr milliseconds first_pause{1'000};    // after what could not be read, or not be kept
constexpr milliseconds slowest{60'000};       // pause of what isn't read every so often
constexpr std::size_t read_here = 64 * 1024;  // bytes of a list; a larger one is read on the workers

// What keeps parameters of one view warm: its literal ones, or one list.
struct source {
    std::shared_ptr<const view> of;
    std::shared_ptr<const warm_list> list;  // null: the literal ones
    std::shared_ptr<wakeup> pause;
    gauge* kept = nullptr;
    counter* read = nullptr;
    counter* failed = nullptr;
    std::set<std::string> held;  // keys
    std::uint32_t failures = 0;
    std::size_t left_out = 0;  // what was told last
};

}  // namespace

struct warm_views::state {
    explicit state(warm_environment environment) : with(std::move(environment)) {}

    const warm_environment with;
    std::vector<std::shared_ptr<source>> sources;
    std::unordered_map<std::string, std::size_t> holders;  // by key: two lists may have it
    bool stopped = false;

    void add(const std::shared_ptr<const view>& of, std::shared_ptr<const warm_list> list) {
        const auto made = std::make_shared<source>();
        made->of = of;
        made->list = std::move(list);
        made->pause = std::make_shared<wakeup>(with.home);
        made->kept = &with.registry->make_gauge(
            "nearside_warm_parameters", "Sets of parameters with which a view is kept warm", {{"view", of->name}});
        const auto reads = [&](const char* outcome) {
            return &with.registry->make_counter(
                "nearside_warm_list_reads_total",
                "Readings of the lists that tell what to keep warm, by what came of them",
                {{"view", of->name}, {"outcome", outcome}});
        };
        if (made->list) {
            made->read = reads("read");
            made->failed = reads("failed");
        }
        sources.push_back(made);
    }

    bool connected(const source& of) const {
        const auto stands = [&](const std::string& name) {
            const auto pool = with.pools->find(name);
            return !pool || pool->ready();
        };
        return std::all_of(of.of->upstreams.begin(), of.of->upstreams.end(), stands) &&
               (!of.list || stands(of.list->plan->steps.front().upstream));
    }

    void end() {
        stopped = true;
        for (const auto& each : sources) {
            each->kept->add(-static_cast<std::int64_t>(each->held.size()));
            each->held.clear();
        }
    }

    // False: there are too many already.
    bool apply(source& of, const warm_reading& reading) {
        std::set<std::string> wanted;
        std::size_t unusable = reading.skipped;
        bool full = false;
        for (const warm_values& values : reading.sets) {
            const auto visit = visit_with(of.of, values);
            if (!visit) {
                ++unusable;
                continue;
            }
            const std::string& key = visit->question.key;
            if (!wanted.insert(key).second || of.held.contains(key)) continue;
            if (with.ahead->keep(with.refresh->order_of(visit->question, visit->request))) {
                ++holders[key];
                of.held.insert(key);
                of.kept->add(1);
            } else {
                full = true;
            }
        }
        for (auto held = of.held.begin(); held != of.held.end();) {
            if (wanted.contains(*held)) {
                ++held;
                continue;
            }
            if (--holders[*held] == 0) {
                holders.erase(*held);
                with.ahead->release(*held);
            }
            of.kept->add(-1);
            held = of.held.erase(held);
        }
        tell_left_out(of, reading.cut, unusable, full);
        return !full;
    }

    // Once, until it changes.
    void tell_left_out(source& of, bool cut, std::size_t unusable, bool full) const {
        const std::size_t left_out = unusable * 4 + (cut ? 1U : 0U) + (full ? 2U : 0U);
        if (std::exchange(of.left_out, left_out) == left_out || left_out == 0) return;
        with.log->warning("not all is kept warm", {{"view", of.of->name},
                                                   {"list", of.list ? of.list->call : std::string()},
                                                   {"more_than_max", cut},
                                                   {"unusable", unusable},
                                                   {"too_many_watched", full}});
    }

    void tell_failure(const source& of, const error& cause, int upstream_status, milliseconds again) const {
        with.log->warning("warm list failed", {{"view", of.of->name},
                                               {"list", of.list->call},
                                               {"error", to_string(cause.code)},
                                               {"detail", cause.detail},
                                               {"upstream_status", upstream_status},
                                               {"again_ms", again.count()}});
    }

    static boost::asio::awaitable<aggregators::plan_outcome> call(std::shared_ptr<state> self,
                                                                  std::shared_ptr<source> of);
    milliseconds pause_of(source& of) const {
        return pause_after(++of.failures, of.list ? of.list->every : slowest, with.random());
    }

    static boost::asio::awaitable<milliseconds> read(std::shared_ptr<state> self, std::shared_ptr<source> of);
    static boost::asio::awaitable<std::optional<milliseconds>> look(std::shared_ptr<state> self,
                                                                    std::shared_ptr<source> of);
    static boost::asio::awaitable<void> follow(owner_hold hold, std::shared_ptr<state> self,
                                               std::shared_ptr<source> of);
};

// For nobody: without any header of a client's.
boost::asio::awaitable<aggregators::plan_outcome> warm_views::state::call(std::shared_ptr<state> self,
                                                                          std::shared_ptr<source> of) {
    const warm_environment& with = self->with;
    fetch_environment fetching{.pools = with.pools,
                               .forwarded = {},
                               .home = with.home,
                               .workers = with.workers,
                               .via = with.via,
                               .priority = call_priority::background};
    step_cache::run steps{.below = std::make_shared<upstream_fetcher>(std::move(fetching)),
                          .forwarded = {},
                          .home = with.home,
                          .background = true,
                          .oldest = milliseconds{0},
                          .marks = with.pools->marks()};
    aggregators::run_context context{.upstreams = std::make_shared<step_cache>(*with.steps, std::move(steps)),
                                     .workers = with.workers,
                                     .time = with.time};
    auto running = aggregators::run_plan(of->list->plan, {}, std::move(context));
    co_return co_await std::move(running);
}

// Until when it need not be read again.
boost::asio::awaitable<milliseconds> warm_views::state::read(std::shared_ptr<state> self, std::shared_ptr<source> of) {
    const auto failed = [self, of](const error& cause, int upstream_status) {
        of->failed->add();
        const milliseconds again = self->pause_of(*of);
        self->tell_failure(*of, cause, upstream_status, again);
        return again;
    };
    auto calling = call(self, of);
    aggregators::plan_outcome ran = co_await std::move(calling);
    if (self->stopped) co_return milliseconds{0};
    if (!ran) co_return failed(ran.error().cause, ran.error().upstream_status);

    const auto made = std::make_shared<const aggregators::composed_view>(*std::move(ran));
    auto reading = [list = of->list, made] {
        return read_warm_items(*list, buffer::copy_of(made->content.to_string()), list->plan->limits.json_depth);
    };
    result<warm_reading> items = error{};
    if (made->content.size() <= read_here) {
        items = reading();
    } else {
        auto elsewhere = offload(self->with.workers, std::move(reading));
        items = co_await std::move(elsewhere);
    }
    if (self->stopped) co_return milliseconds{0};
    if (!items) co_return failed(items.error(), 0);
    items->cut |= !made->partial.empty();
    of->read->add();
    of->failures = 0;
    self->apply(*of, *items);
    constexpr double earliest = 0.9;
    const double share = earliest + (1 - earliest) * self->with.random();
    co_return std::max(milliseconds{1},
                       milliseconds{static_cast<std::int64_t>(static_cast<double>(of->list->every.count()) * share)});
}

// Until when there is nothing new to know; nullopt: there never is.
boost::asio::awaitable<std::optional<milliseconds>> warm_views::state::look(std::shared_ptr<state> self,
                                                                            std::shared_ptr<source> of) {
    if (of->list) {
        auto reading = read(self, of);
        co_return co_await std::move(reading);
    }
    if (self->apply(*of, {.sets = of->of->warm.literal})) co_return std::nullopt;
    co_return self->pause_of(*of);
}

boost::asio::awaitable<void> warm_views::state::follow([[maybe_unused]] owner_hold hold, std::shared_ptr<state> self,
                                                       std::shared_ptr<source> of) {
    const clock& time = *self->with.time;
    const steady_time begin_by = time.steady_now() + longest_wait;
    while (!self->stopped && !self->connected(*of) && time.steady_now() < begin_by) {
        auto waiting = of->pause->wait(time.steady_now() + look_again);
        co_await std::move(waiting);
    }
    while (!self->stopped) {
        std::optional<milliseconds> again;
        try {
            auto looking = look(self, of);
            again = co_await std::move(looking);
        } catch (const std::exception& thrown) {
            if (of->failed) of->failed->add();
            self->with.log->error("keeping warm threw", {{"view", of->of->name}, {"what", thrown.what()}});
            again = self->pause_of(*of);
        }
        if (self->stopped || !again) co_return;
        auto waiting = of->pause->wait(time.steady_now() + *again);
        co_await std::move(waiting);
    }
}

warm_views::warm_views(warm_environment with) : state_(std::make_shared<state>(std::move(with))) {
    for (const auto& each : state_->with.places->views()) {
        if (!each->warm.literal.empty()) state_->add(each, nullptr);
        for (const auto& list : each->warm.lists)
            state_->add(each, list);
    }
}

void warm_views::start() {
    for (const auto& each : state_->sources)
        boost::asio::co_spawn(state_->with.home, state::follow(state_->with.held_by.hold(), state_, each),
                              boost::asio::detached);
}

void warm_views::stop() {
    boost::asio::post(state_->with.home, [of = state_, hold = state_->with.held_by.hold()] { of->end(); });
    for (const auto& each : state_->sources)
        each->pause->signal();
}

milliseconds pause_after(std::uint32_t failures, milliseconds every, double random) {
    constexpr std::uint32_t most_doublings = 20;
    constexpr double least = 0.8;
    const milliseconds whole = first_pause * (1U << std::clamp(failures, 1U, most_doublings + 1) >> 1U);
    const double share = least + (1 - least) * std::clamp(random, 0.0, 1.0);
    return milliseconds{static_cast<std::int64_t>(static_cast<double>(std::min(whole, every).count()) * share)};
}

}  // namespace nearside::proxy
