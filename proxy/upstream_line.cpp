#include "proxy/upstream_line.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cassert>

namespace nearside::proxy {

namespace asio = boost::asio;

upstream_line::seat::seat(std::shared_ptr<upstream_line> line, std::shared_ptr<call_guard> guard,
                          upstream_health::call health, bool is_trial)
    : line_(std::move(line)),
      guard_(std::move(guard)),
      health_(std::move(health)),
      turn_(guard_->home(), steady_time::max()),
      is_trial_(is_trial),
      was_behind_(!line_->seats_.empty()),
      sent_(!was_behind_),
      shared_(was_behind_) {
    assert(!line_->ended_);
    for (seat* each : line_->seats_)
        each->shared_ = true;
    line_->seats_.push_back(this);
}

upstream_line::seat::~seat() {
    const auto mine = std::find(line_->seats_.begin(), line_->seats_.end(), this);
    if (mine != line_->seats_.end()) line_->remove(mine);
    if (is_trial_) line_->lease_.pool().pipelining().given_up();
}

void upstream_line::seat::has_sent() {
    line_->sending_ = false;
    line_->send_next();
}

void upstream_line::seat::interrupt() noexcept {
    turn_.cancel();
}

asio::awaitable<result<void>> upstream_line::seat::send_behind(std::shared_ptr<const std::string> request) {
    request_ = std::move(request);
    line_->send_next();
    guard_->pause();
    {
        const call_guard::watch watching(*guard_, *this);
        while (!lost_ && !guard_->stopped() && !is_first())
            co_await turn_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    guard_->resume();
    if (guard_->stopped()) co_return error{guard_->why(errc::cancelled), "while calls before it were answered"};
    if (lost_) co_return error{errc::closed_early, "the connection ended before the call's turn"};
    line_->lease_->present = std::move(health_);
    co_return result<void>{};
}

bool upstream_line::seat::leave(const upstream_exchange::ending& left) {
    assert(is_first());
    upstream_lease& lease = line_->lease_;
    pipelining_trial& trial = lease.pool().pipelining();
    line_->answered_ = true;
    if (left.usable && left.http_1_1) trial.kept_a_connection();
    const auto next = line_->seats_.erase(line_->seats_.begin());
    const bool has_next = next != line_->seats_.end();
    const bool in_order = lease->received.empty() || line_->ended_ || (has_next && (*next)->sent_);
    if (was_behind_ && in_order) trial.answered();
    is_trial_ = false;
    // It says so when it closes; only to close each time is to refuse.
    if (!left.usable && has_next && (*next)->is_trial_ && (*next)->sent_) line_->tell_unanswered();
    const bool half_sent = !has_next && line_->sending_;
    if (!left.usable || !in_order || half_sent || line_->ended_) {
        line_->end(next);
    } else if (has_next) {
        ++lease->calls;
        (*next)->turn_.cancel();
    } else {
        line_->ended_ = true;
        lease.give_back(left.keep_alive);
        line_->held_ = nullptr;
    }
    return in_order || !shared_;
}

void upstream_line::remove(std::list<seat*>::iterator of) noexcept {
    const bool was_asked = (*of)->sent_;
    const errc why = (*of)->guard_->why(errc::closed_early);
    const bool is_upstreams = why != errc::cancelled && why != errc::shutting_down;
    if (of == seats_.begin() && was_asked && answered_ && !ended_ && is_upstreams) tell_unanswered();
    const auto next = seats_.erase(of);
    // What it hasn't asked for, nobody will be told.
    if (was_asked || seats_.empty()) return end(next);
    if (next == seats_.begin()) (*next)->turn_.cancel();
    send_next();
}

// Its bytes stay until they are out, whatever becomes of its call.
asio::awaitable<void> upstream_line::send(std::shared_ptr<upstream_line> line,
                                          std::shared_ptr<const std::string> request) {
    const upstream_io written = co_await line->lease_->transport->write_all(*request);
    line->sending_ = false;
    if (!written.failure) co_return line->send_next();
    // What was sent before it may still be answered.
    const auto failed = std::find_if(line->seats_.begin(), line->seats_.end(),
                                     [&](const seat* each) { return each->request_ == request || !each->sent_; });
    line->end(failed);
}

void upstream_line::send_next() {
    if (sending_) return;
    const auto next = std::find_if(seats_.begin(), seats_.end(), [](const seat* each) { return !each->sent_; });
    if (next == seats_.end() || (*next)->lost_ || !(*next)->request_) return;
    sending_ = (*next)->sent_ = true;
    asio::co_spawn((*next)->guard_->home(), send(shared_from_this(), (*next)->request_), asio::detached);
}

void upstream_line::tell_unanswered() noexcept {
    lease_.pool().pause_pipelining();
}

void upstream_line::end(std::list<seat*>::iterator from) noexcept {
    ended_ = true;
    for (auto each = from; each != seats_.end(); ++each) {
        (*each)->lost_ = true;
        (*each)->turn_.cancel();
    }
    if (seats_.empty()) lease_->transport->close();
}

}  // namespace nearside::proxy
