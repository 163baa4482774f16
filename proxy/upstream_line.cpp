#include "proxy/upstream_line.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

upstream_line::seat::seat(std::shared_ptr<upstream_line> line, std::shared_ptr<call_guard> guard,
                          upstream_health::call health)
    : line_(std::move(line)), guard_(std::move(guard)), health_(std::move(health)) {
    assert(!line_->ended_);
    line_->seats_.push_back(this);
}

upstream_line::seat::~seat() {
    const auto mine = std::find(line_->seats_.begin(), line_->seats_.end(), this);
    if (mine != line_->seats_.end()) line_->end(line_->seats_.erase(mine));
}

bool upstream_line::seat::may_send() const noexcept {
    const auto mine = std::find(line_->seats_.begin(), line_->seats_.end(), this);
    return mine == line_->seats_.begin() || (*std::prev(mine))->sent_;
}

void upstream_line::seat::has_sent() noexcept {
    sent_ = true;
    line_->wake_all();
}

asio::awaitable<void> upstream_line::seat::wait(bool (seat::*until)() const noexcept) {
    timer_.emplace(guard_->home(), steady_time::max());
    const call_guard::watch watching(*guard_, *this);
    while (!lost_ && !guard_->stopped() && !(this->*until)())
        co_await timer_->async_wait(asio::as_tuple(asio::use_awaitable));
}

error upstream_line::seat::why_not() const {
    return {guard_->why(errc::closed_early), "the connection ended before the call's turn"};
}

asio::awaitable<result<void>> upstream_line::seat::send_behind(std::string_view bytes) {
    co_await wait(&seat::may_send);
    if (lost_ || guard_->stopped()) co_return why_not();
    // The end of this call must not close the connection under the one that is being answered.
    const upstream_io written = co_await line_->lease_->transport->write_all(bytes);
    if (written.failure) lost_ = line_->ended_ = true;
    has_sent();
    co_await wait(&seat::is_first);
    if (lost_ || guard_->stopped()) co_return why_not();
    line_->lease_->present = std::move(health_);
    co_return result<void>{};
}

void upstream_line::seat::leave(const upstream_exchange::ending& left) {
    assert(is_first());
    const auto next = line_->seats_.erase(line_->seats_.begin());
    upstream_lease& lease = line_->lease_;
    if (!left.usable || line_->ended_) return line_->end(next);
    if (next != line_->seats_.end()) {
        ++lease->calls;
        return line_->wake_all();
    }
    line_->ended_ = true;
    if (lease->received.empty()) lease.give_back(left.keep_alive);
}

void upstream_line::wake_all() noexcept {
    for (seat* each : seats_) {
        if (each->timer_) each->timer_->cancel();
    }
}

void upstream_line::end(std::list<seat*>::iterator from) noexcept {
    ended_ = true;
    for (auto each = from; each != seats_.end(); ++each)
        (*each)->lost_ = true;
    wake_all();
}

}  // namespace nearside::proxy
