#include "proxy/upstream_pool.h"

#include "proxy/upstream_dialer.h"
#include "proxy/upstream_pool_parts.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cassert>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr const char* too_many_wait = "too many calls are waiting for a connection";

}  // namespace

upstream_lease::upstream_lease(std::shared_ptr<upstream_pool> pool, std::unique_ptr<upstream_connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

upstream_lease::~upstream_lease() {
    if (connection_) pool_->take_back(std::move(connection_), false);
}

const config::upstream_settings& upstream_lease::settings() const noexcept {
    return pool_->settings();
}

void upstream_lease::give_back(std::optional<milliseconds> keep_alive) {
    ++connection_->calls;
    connection_->idle_since = steady_now();
    connection_->keep_alive = pool_->settings().keep_alive;
    if (keep_alive) connection_->keep_alive = std::min(connection_->keep_alive, *keep_alive);
    pool_->take_back(std::move(connection_), true);
}

result<std::shared_ptr<upstream_pool>> upstream_pool::create(std::shared_ptr<const config::upstream_settings> upstream,
                                                             pool_environment environment) {
    auto dialer = upstream_dialer::create(*upstream);
    if (!dialer) return dialer.error();
    return std::shared_ptr<upstream_pool>(
        new upstream_pool(std::move(upstream), std::move(environment), std::move(*dialer)));
}

upstream_pool::upstream_pool(std::shared_ptr<const config::upstream_settings> upstream, pool_environment environment,
                             std::shared_ptr<upstream_dialer> dialer)
    : upstream_(std::move(upstream)),
      environment_(std::move(environment)),
      dialer_(std::move(dialer)),
      health_(std::make_shared<upstream_health>(upstream_->name, upstream_->circuit, environment_.log)) {
    assert(!environment_.executors.empty());
}

upstream_pool::~upstream_pool() = default;

std::size_t upstream_pool::limit() const noexcept {
    return std::max<std::size_t>(upstream_->max_connections, 1);
}
std::size_t upstream_pool::warm() const noexcept {
    return std::min<std::size_t>(upstream_->warm_connections, limit());
}

void upstream_pool::start() {
    actions later;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || sweeper_) return;
        sweeper_ = std::make_shared<asio::steady_timer>(environment_.executors.front());
        stood_ = warm() == 0;
        open_for_warmth(steady_now(), later);
    }
    carry_out(later);
    asio::co_spawn(environment_.executors.front(), keep_sweeping(shared_from_this()), asio::detached);
}

bool upstream_pool::ready() const {
    const std::lock_guard lock(mutex_);
    return stood_;
}

pool_counts upstream_pool::counts() const {
    const std::lock_guard lock(mutex_);
    pool_counts now = totals_;
    now.idle = idle_.size();
    now.in_use = in_use_;
    now.opening = opening_;
    now.waiting = waiting();
    now.pipelining = pipelining_.now_in() == pipelining_trial::state::good;
    return now;
}

bool upstream_pool::has_room() const {
    const std::lock_guard lock(mutex_);
    return !stopped_ && (!idle_.empty() || held() < limit());
}

bool upstream_pool::somebody_waits(call_priority before) const {
    const std::lock_guard lock(mutex_);
    const auto in_vain = [](const std::shared_ptr<waiter>& who) { return !who->dialing; };
    return std::any_of(foreground_.begin(), foreground_.end(), in_vain) ||
           (before == call_priority::background && std::any_of(background_.begin(), background_.end(), in_vain));
}

void upstream_pool::stop_pipelining(std::string_view why) {
    if (!pipelining_.disordered() || environment_.log == nullptr) return;
    environment_.log->warning("the upstream can't be pipelined", {{"upstream", upstream_->name}, {"why", why}});
}

void upstream_pool::pause_pipelining() noexcept {
    const milliseconds pause = pipelining_.unanswered(steady_now());
    if (pause == milliseconds{0} || environment_.log == nullptr) return;
    environment_.log->info("calls behind others were not answered",
                           {{"upstream", upstream_->name}, {"again_ms", pause.count()}});
}

void upstream_pool::count_asked_again() {
    const std::lock_guard lock(mutex_);
    ++totals_.asked_again;
}

upstream_pool::waiting_place::~waiting_place() {
    if (!pool_) return;
    const std::lock_guard lock(pool_->mutex_);
    --pool_->elsewhere_;
}

result<upstream_pool::waiting_place> upstream_pool::wait_elsewhere() {
    const std::lock_guard lock(mutex_);
    if (waiting() >= upstream_->max_queue) {
        ++totals_.refused_busy;
        return error{errc::upstream_busy, too_many_wait};
    }
    ++elsewhere_;
    return waiting_place(shared_from_this());
}

result<upstream_health::call> upstream_pool::admit_behind() {
    auto admitted = health_->admit(steady_now());
    if (!admitted) return admitted;
    const std::lock_guard lock(mutex_);
    ++totals_.pipelined;
    return admitted;
}

void upstream_pool::shutdown() {
    actions later;
    std::vector<std::shared_ptr<call_guard>> dials;
    std::shared_ptr<asio::steady_timer> sweeper;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopped_, true)) return;
        later.close.swap(idle_);
        while (!foreground_.empty())
            refuse(foreground_.front(), {errc::shutting_down, {}}, later);
        while (!background_.empty())
            refuse(background_.front(), {errc::shutting_down, {}}, later);
        dials = dials_;
        sweeper = sweeper_;
    }
    for (const auto& each : dials) {
        asio::post(each->home(), [each] { each->stop(errc::shutting_down); });
    }
    if (sweeper) asio::post(sweeper->get_executor(), [sweeper] { sweeper->cancel(); });
    carry_out(later);
}

asio::awaitable<result<upstream_lease>> upstream_pool::acquire(connection_wish wish,
                                                               std::shared_ptr<call_guard> guard) {
    const auto self = shared_from_this();
    auto admitted = health_->admit(steady_now());
    if (!admitted) co_return admitted.error();
    const void* reactor = &asio::query(guard->home(), asio::execution::context);
    std::shared_ptr<waiter> who;
    while (!who) {
        actions later;
        connection_ptr kept;
        std::optional<error> refusal;
        {
            const std::lock_guard lock(mutex_);
            if (!stopped_) kept = take_kept(wish, reactor, steady_now(), later);
            if (stopped_) {
                refusal = error{errc::shutting_down, {}};
            } else if (kept) {
                ++in_use_;
            } else {
                who = std::make_shared<waiter>(guard, wish);
                if (!enqueue(who, later)) {
                    ++totals_.refused_busy;
                    refusal = error{errc::upstream_busy, too_many_wait};
                }
            }
        }
        carry_out(later);
        if (refusal) co_return *refusal;
        if (who) break;
        if (kept->transport->seems_alive()) {
            if (kept->calls > 0) {
                const std::lock_guard lock(mutex_);
                ++totals_.reused;
            }
            kept->present = std::move(*admitted);
            co_return upstream_lease(self, std::move(kept));
        }
        {
            const std::lock_guard lock(mutex_);
            ++totals_.found_dead;
        }
        take_back(std::move(kept), false);
    }

    {
        const call_guard::watch watching(*guard, *who);
        if (!guard->stopped()) co_await who->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    connection_ptr granted;
    bool was_dialing = false;
    std::optional<error> refused;
    {
        const std::lock_guard lock(mutex_);
        leave_queue(who);
        granted = std::move(who->granted);
        refused = std::move(who->refused);
        was_dialing = who->dialing;
        if (granted && granted->calls > 0) ++totals_.reused;
    }
    if (granted && !guard->stopped()) {
        granted->present = std::move(*admitted);
        co_return upstream_lease(self, std::move(granted));
    }
    if (granted) take_back(std::move(granted), true);
    if (refused) admitted->failed(refused->code, guard->callers_total());
    if (refused) co_return *refused;
    const errc why = guard->why(errc::internal);
    const bool only_waited = why == errc::total_timeout && !was_dialing;
    co_return error{only_waited ? errc::upstream_busy : why, "while waiting for a connection"};
}

void upstream_pool::take_back(connection_ptr connection, bool usable) {
    connection->present = {};
    actions later;
    {
        const std::lock_guard lock(mutex_);
        assert(in_use_ > 0);
        --in_use_;
        if (usable) {
            place(std::move(connection), nullptr, later);
        } else {
            later.close.push_back(std::move(connection));
        }
        open_for_waiters(later);
        open_for_warmth(steady_now(), later);
    }
    carry_out(later);
}

// The most recently used first, so that the surplus of a busy time grows old and goes; one of the caller's own
// reactor before that, since it costs no hop between threads.
upstream_pool::connection_ptr upstream_pool::take_kept(const connection_wish& wish, const void* reactor,
                                                       steady_time now, actions& later) {
    if (wish.kept == connection_wish::reuse::none) return nullptr;
    auto chosen = idle_.end();
    for (auto each = idle_.begin(); each != idle_.end();) {
        const upstream_connection& connection = **each;
        if (now >= expiry(connection)) {
            later.close.push_back(std::move(*each));
            each = idle_.erase(each);
            chosen = idle_.end();
            each = idle_.begin();
            continue;
        }
        const bool young = now - connection.idle_since < connection.keep_alive / 2;
        const bool fits = wish.kept == connection_wish::reuse::alive || young;
        const bool near = connection.transport->reactor() == reactor;
        if (fits && (chosen == idle_.end() || near || (*chosen)->transport->reactor() != reactor)) chosen = each;
        ++each;
    }
    if (chosen == idle_.end()) return nullptr;
    connection_ptr taken = std::move(*chosen);
    idle_.erase(chosen);
    return taken;
}

// To whoever waits, `first` before all others of its priority; else it becomes idle.
void upstream_pool::place(connection_ptr connection, const std::shared_ptr<waiter>& first, actions& later) {
    if (stopped_) {
        later.close.push_back(std::move(connection));
        return;
    }
    const auto fits = [&](const std::shared_ptr<waiter>& who) {
        return connection->calls == 0 || who->wish.kept != connection_wish::reuse::none;
    };
    std::shared_ptr<waiter> next;
    const bool first_may =
        first && first->queued && (first->wish.priority == call_priority::foreground || foreground_.empty());
    if (first_may) next = first;
    for (const auto* queue : {&foreground_, &background_}) {
        if (next) break;
        const auto found = std::find_if(queue->begin(), queue->end(), fits);
        if (found != queue->end()) next = *found;
    }
    if (next) {
        leave_queue(next);
        ++in_use_;
        next->granted = std::move(connection);
        later.wake.push_back(std::move(next));
    } else {
        idle_.push_back(std::move(connection));
    }
    if (idle_.size() + in_use_ >= warm()) stood_ = true;
}

bool upstream_pool::enqueue(const std::shared_ptr<waiter>& who, actions& later) {
    auto& queue = who->wish.priority == call_priority::foreground ? foreground_ : background_;
    const std::size_t before = waiting();
    who->queued = true;
    queue.push_back(who);
    open_for_waiters(later);
    if (who->dialing || before < upstream_->max_queue) return true;
    leave_queue(who);
    return false;
}

void upstream_pool::promote(const std::shared_ptr<call_guard>& guard) {
    actions later;
    {
        const std::lock_guard lock(mutex_);
        const auto found =
            std::find_if(background_.begin(), background_.end(), [&](const auto& who) { return who->call == guard; });
        if (found == background_.end()) return;
        (*found)->wish.priority = call_priority::foreground;
        foreground_.splice(foreground_.end(), background_, found);
        open_for_waiters(later);
    }
    carry_out(later);
}

void upstream_pool::leave_queue(const std::shared_ptr<waiter>& who) {
    if (!std::exchange(who->queued, false)) return;
    auto& queue = who->wish.priority == call_priority::foreground ? foreground_ : background_;
    queue.erase(std::find(queue.begin(), queue.end(), who));
}

void upstream_pool::refuse(const std::shared_ptr<waiter>& who, error why, actions& later) {
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): `who` may be the queue's own, which goes
    const std::shared_ptr<waiter> kept = who;
    leave_queue(kept);
    kept->refused = std::move(why);
    later.wake.push_back(kept);
}

void upstream_pool::open(std::shared_ptr<waiter> wanted_by, actions& later) {
    ++opening_;
    const auto& spread = environment_.executors;
    auto home = wanted_by ? wanted_by->home : spread[next_executor_++ % spread.size()];
    if (wanted_by) wanted_by->dialing = true;
    later.dial.emplace_back(std::move(home), std::move(wanted_by));
}

// Each call that waits has a connection being opened for it, as far as `max` allows. It takes whichever comes first.
void upstream_pool::open_for_waiters(actions& later) {
    if (stopped_) return;
    for (const auto* queue : {&foreground_, &background_}) {
        for (const auto& who : *queue) {
            if (who->dialing) continue;
            // Idle ones are left when they are too old for this call: the oldest makes room.
            if (held() >= limit() && !idle_.empty()) {
                later.close.push_back(std::move(idle_.front()));
                idle_.erase(idle_.begin());
            }
            if (held() >= limit()) return;
            open(who, later);
        }
    }
}

void upstream_pool::carry_out(actions& later) {
    later.close.clear();
    for (auto& who : later.wake) {
        asio::post(who->home, [who] { who->timer.cancel(); });
    }
    for (auto& [home, wanted_by] : later.dial) {
        asio::co_spawn(home, dial(shared_from_this(), std::move(wanted_by)), asio::detached);
    }
}

}  // namespace nearside::proxy
