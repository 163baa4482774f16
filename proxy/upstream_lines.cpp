#include "proxy/upstream_lines.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace nearside::proxy {

namespace asio = boost::asio;

class upstream_lines::slot {
public:
    slot(std::shared_ptr<upstream_lines> lines, std::shared_ptr<const order> wanted)
        : of_(std::move(lines)), what_(std::move(wanted)) {
        of_->groups_[group_of(*what_)].slots.push_back(this);
    }
    ~slot() {
        std::erase(of_->groups_[group_of(*what_)].slots, this);
        of_->settle(group_of(*what_));
    }
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;

    void connected() noexcept { connected_ = true; }
    // Who is as urgent as that gets its connection, or goes behind it, as soon as any other way.
    bool serves(call_priority priority) const noexcept {
        return connected_ || what_->wish.priority == call_priority::foreground || priority == call_priority::background;
    }

private:
    const std::shared_ptr<upstream_lines> of_;
    const std::shared_ptr<const order> what_;
    bool connected_ = false;
};

class upstream_lines::patient final : public interruptible {
public:
    patient(group& among, std::shared_ptr<const order> wanted, std::shared_ptr<call_guard> of)
        : what(std::move(wanted)), guard(std::move(of)), among_(among), turn_(guard->home(), steady_time::max()) {
        among_.patients.push_back(this);
    }
    ~patient() { std::erase(among_.patients, this); }
    patient(const patient&) = delete;
    patient& operator=(const patient&) = delete;

    void interrupt() noexcept override { turn_.cancel(); }
    void take(grant given) {
        granted = std::move(given);
        turn_.cancel();
    }
    asio::awaitable<void> wait() {
        const call_guard::watch watching(*guard, *this);
        while (!granted && !guard->stopped())
            co_await turn_.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    const std::shared_ptr<const order> what;
    const std::shared_ptr<call_guard> guard;
    std::optional<grant> granted;

private:
    group& among_;
    asio::steady_timer turn_;  // expires never; cancelled when there is something to see
};

upstream_lines::place::~place() {
    seat_.reset();
    of_->settle(group_);
}

void upstream_lines::settle(group_id which) {
    group& of = groups_[which];
    if (settle(of, call_priority::foreground)) settle(of, call_priority::background);
}

bool upstream_lines::settle(group& of, call_priority priority) {
    for (auto next = of.patients.begin(); next != of.patients.end();) {
        patient& who = **next;
        const bool looks = who.what->wish.priority == priority && !who.guard->stopped();
        std::optional<grant> given = looks ? look(who.what, who.guard) : std::nullopt;
        // Those behind it want the same, but for one that doesn't share.
        if (looks && !given && who.what->shares) return false;
        next = given ? of.patients.erase(next) : std::next(next);
        if (given) who.take(*std::move(given));
    }
    return true;
}

void upstream_lines::promoted(const order& what) {
    if (pool_->settings().pipeline > 1) settle(group_of(what));
}

bool upstream_lines::goes_first(const group& among, call_priority priority) {
    return std::all_of(among.patients.begin(), among.patients.end(), [&](const patient* each) {
        return priority == call_priority::foreground && each->what->wish.priority == call_priority::background;
    });
}

std::optional<upstream_lines::grant> upstream_lines::look(const std::shared_ptr<const order>& what,
                                                          const std::shared_ptr<call_guard>& guard) {
    group& of = groups_[group_of(*what)];
    const bool may_connect = of.may_connect(*what);
    if (may_connect && pool_->has_room()) return grant{.own = std::make_shared<slot>(shared_from_this(), what)};
    // The shortest, so that no call waits for more answers than it must.
    std::shared_ptr<upstream_line> shortest;
    if (what->shares && !pool_->somebody_waits(what->wish.priority)) {
        for (const std::weak_ptr<upstream_line>& each : of.lines) {
            auto line = each.lock();
            if (line && line->has_room() && (!shortest || line->size() < shortest->size())) shortest = std::move(line);
        }
    }
    const auto leave = shortest ? pool_->pipelining().ask(steady_now()) : pipelining_trial::leave{};
    if (leave.given) {
        auto admitted = pool_->admit_behind();
        if (!admitted && leave.is_trial) pool_->pipelining().given_up();
        if (!admitted) return grant{.refused = admitted.error()};
        auto seat =
            std::make_unique<upstream_line::seat>(std::move(shortest), guard, *std::move(admitted), leave.is_trial);
        return grant{.behind = std::make_unique<place>(shared_from_this(), group_of(*what), std::move(seat))};
    }
    // One of the group waits for the pool's. Others wait here: what it gets, they go behind.
    const bool is_served = std::any_of(of.slots.begin(), of.slots.end(),
                                       [&](const slot* each) { return each->serves(what->wish.priority); });
    if (may_connect && !is_served) return grant{.own = std::make_shared<slot>(shared_from_this(), what)};
    return std::nullopt;
}

asio::awaitable<result<upstream_lines::place_ptr>> upstream_lines::take(std::shared_ptr<const order> what,
                                                                        std::shared_ptr<call_guard> guard) {
    if (pool_->settings().pipeline == 1) co_return co_await connect(what, nullptr, guard);
    group& among = groups_[group_of(*what)];
    std::optional<grant> given;
    if (goes_first(among, what->wish.priority) && !guard->stopped()) given = look(what, guard);
    if (!given) {
        auto waiting = wait(what, guard);
        auto waited = co_await std::move(waiting);
        if (!waited) co_return waited.error();
        given = *std::move(waited);
    }
    if (given->refused) co_return *given->refused;
    if (given->behind) co_return std::move(given->behind);
    co_return co_await connect(what, std::move(given->own), guard);
}

asio::awaitable<result<upstream_lines::grant>> upstream_lines::wait(std::shared_ptr<const order> what,
                                                                    std::shared_ptr<call_guard> guard) {
    group& among = groups_[group_of(*what)];
    std::optional<upstream_pool::waiting_place> counted;
    if (among.has_begun_enough(*what)) {
        guard->pause();
    } else {
        auto place = pool_->wait_elsewhere();
        if (!place) co_return place.error();
        counted.emplace(*std::move(place));
    }
    patient waiting(among, what, guard);
    co_await waiting.wait();
    guard->resume();
    if (waiting.granted) co_return *std::move(waiting.granted);
    const errc why = guard->why(errc::cancelled);
    co_return error{why == errc::total_timeout ? errc::upstream_busy : why, "while waiting for a connection"};
}

asio::awaitable<result<upstream_lines::place_ptr>> upstream_lines::connect(std::shared_ptr<const order> what,
                                                                           std::shared_ptr<slot> own,
                                                                           std::shared_ptr<call_guard> guard) {
    const connection_wish wish = what->wish;
    auto lease = co_await pool_->acquire(wish, guard);
    if (!lease) co_return lease.error();
    if (own) own->connected();
    const std::uint32_t depth = what->shares ? pool_->settings().pipeline : 1;
    auto line = std::make_shared<upstream_line>(*std::move(lease), depth, std::move(own));
    if (depth > 1) {
        std::vector<std::weak_ptr<upstream_line>>& lines = groups_[group_of(*what)].lines;
        std::erase_if(lines, [](const std::weak_ptr<upstream_line>& each) { return each.expired(); });
        lines.push_back(line);
    }
    auto seat = std::make_unique<upstream_line::seat>(std::move(line), guard, upstream_health::call(), false);
    auto taken = std::make_unique<place>(shared_from_this(), group_of(*what), std::move(seat));
    settle(group_of(*what));
    co_return std::move(taken);
}

}  // namespace nearside::proxy
