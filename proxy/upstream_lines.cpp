#include "proxy/upstream_lines.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace nearside::proxy {

namespace asio = boost::asio;

class upstream_lines::slot {
public:
    slot(std::shared_ptr<upstream_lines> of, std::uint32_t name) : of_(std::move(of)), name_(name) {
        ++of_->groups_[name_].connections;
    }
    ~slot() {
        --of_->groups_[name_].connections;
        of_->settle(name_);
    }
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;

private:
    const std::shared_ptr<upstream_lines> of_;
    const std::uint32_t name_;
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

void upstream_lines::settle(std::uint32_t name) {
    group& of = groups_[name];
    for (auto next = of.patients.begin(); next != of.patients.end();) {
        patient& who = **next;
        std::optional<grant> given = who.guard->stopped() ? std::nullopt : look(*who.what, who.guard);
        // Those behind it want the same, but for one that doesn't share.
        if (!given && who.what->shares && !who.guard->stopped()) return;
        next = given ? of.patients.erase(next) : std::next(next);
        if (given) who.take(*std::move(given));
    }
}

std::optional<upstream_lines::grant> upstream_lines::look(const order& what, const std::shared_ptr<call_guard>& guard) {
    const std::uint32_t name = name_of(what);
    group& of = groups_[name];
    const bool may_connect = what.parallel == 0 || of.connections < what.parallel;
    if (may_connect && pool_->has_room()) return grant{.own = std::make_shared<slot>(shared_from_this(), name)};
    // The shortest, so that no call waits for more answers than it must.
    std::shared_ptr<upstream_line> shortest;
    if (what.shares && !pool_->somebody_waits(what.wish.priority)) {
        for (const std::weak_ptr<upstream_line>& each : of.lines) {
            auto line = each.lock();
            if (line && line->has_room() && (!shortest || line->size() < shortest->size())) shortest = std::move(line);
        }
    }
    const pipelining_trial::leave leave = shortest ? pool_->pipelining().ask() : pipelining_trial::leave{};
    if (leave.given) {
        auto admitted = pool_->admit_behind();
        if (!admitted && leave.is_trial) pool_->pipelining().ended();
        if (!admitted) return grant{.refused = admitted.error()};
        auto seat =
            std::make_unique<upstream_line::seat>(std::move(shortest), guard, *std::move(admitted), leave.is_trial);
        return grant{.behind = std::make_unique<place>(shared_from_this(), name, std::move(seat))};
    }
    // One of the group waits for the pool's. Others wait here: what it gets, they go behind.
    if (may_connect && of.connections == 0) return grant{.own = std::make_shared<slot>(shared_from_this(), name)};
    return std::nullopt;
}

asio::awaitable<result<upstream_lines::place_ptr>> upstream_lines::take(std::shared_ptr<const order> what,
                                                                        std::shared_ptr<call_guard> guard) {
    std::optional<grant> given;
    group& among = groups_[name_of(*what)];
    if (pool_->settings().pipeline == 1) {
        given = grant{};
    } else if (among.patients.empty() && !guard->stopped()) {
        given = look(*what, guard);
    }
    if (!given) {
        patient waiting(among, what, guard);
        co_await waiting.wait();
        given = std::move(waiting.granted);
    }
    if (!given) co_return error{guard->why(errc::cancelled), "while waiting for a connection"};
    if (given->refused) co_return *given->refused;
    if (given->behind) co_return std::move(given->behind);
    co_return co_await connect(what, std::move(given->own), guard);
}

asio::awaitable<result<upstream_lines::place_ptr>> upstream_lines::connect(std::shared_ptr<const order> what,
                                                                           std::shared_ptr<slot> own,
                                                                           std::shared_ptr<call_guard> guard) {
    const connection_wish wish = what->wish;
    auto lease = co_await pool_->acquire(wish, guard);
    if (!lease) co_return lease.error();
    const std::uint32_t name = name_of(*what);
    const std::uint32_t depth = what->shares ? pool_->settings().pipeline : 1;
    auto line = std::make_shared<upstream_line>(*std::move(lease), depth, std::move(own));
    if (depth > 1) {
        std::vector<std::weak_ptr<upstream_line>>& lines = groups_[name].lines;
        std::erase_if(lines, [](const std::weak_ptr<upstream_line>& each) { return each.expired(); });
        lines.push_back(line);
    }
    auto seat = std::make_unique<upstream_line::seat>(std::move(line), guard, upstream_health::call(), false);
    auto taken = std::make_unique<place>(shared_from_this(), name, std::move(seat));
    settle(name);
    co_return std::move(taken);
}

}  // namespace nearside::proxy
