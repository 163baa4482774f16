#include "proxy/upstream_lines.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace nearside::proxy {

namespace asio = boost::asio;

// A call that waits for one that it can go behind.
class upstream_lines::patient final : public interruptible {
public:
    patient(std::list<patient*>& all, const asio::any_io_executor& home) : all_(all), timer_(home, steady_time::max()) {
        all_.push_back(this);
    }
    ~patient() { std::erase(all_, this); }
    patient(const patient&) = delete;
    patient& operator=(const patient&) = delete;

    void call(bool may_go) noexcept {
        all_.remove(this);
        called_ = true;
        may_go_ = may_go;
        timer_.cancel();
    }
    bool may_go() const noexcept { return may_go_; }
    void interrupt() noexcept override { timer_.cancel(); }
    asio::awaitable<void> wait(call_guard& guard) {
        const call_guard::watch watching(guard, *this);
        while (!called_ && !guard.stopped())
            co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }

private:
    std::list<patient*>& all_;
    asio::steady_timer timer_;  // expires never
    bool called_ = false;
    bool may_go_ = false;
};

upstream_lines::place::~place() {
    seat_.reset();
    --of_->under_way_;
    of_->call_next(true);
}

void upstream_lines::call_next(bool may_go) {
    if (!patients_.empty()) patients_.front()->call(may_go);
}

// The shortest, so that no call waits for more answers than it must.
std::shared_ptr<upstream_line> upstream_lines::line_with_room() {
    if (!pool_->keeps_connections()) return nullptr;
    std::shared_ptr<upstream_line> shortest;
    for (const std::weak_ptr<upstream_line>& each : lines_) {
        auto line = each.lock();
        if (line && line->has_room() && (!shortest || line->size() < shortest->size())) shortest = std::move(line);
    }
    return shortest;
}

asio::awaitable<result<upstream_lines::place_ptr>> upstream_lines::take(way how, connection_wish wish,
                                                                        std::shared_ptr<call_guard> guard) {
    const std::uint32_t depth = how == way::alone ? 1 : pool_->settings().pipeline;
    bool may_go = how != way::behind || depth == 1;
    for (;;) {
        const bool goes_behind = depth > 1 && (how == way::behind || !pool_->has_room());
        auto line = goes_behind ? line_with_room() : nullptr;
        if (line) {
            auto admitted = pool_->admit_behind();
            if (!admitted) co_return admitted.error();
            auto taken = std::make_unique<place>(shared_from_this());
            taken->seat_ = std::make_unique<upstream_line::seat>(std::move(line), guard, *std::move(admitted));
            co_return std::move(taken);
        }
        if (may_go || under_way_ == 0) break;
        patient waiting(patients_, guard->home());
        co_await waiting.wait(*guard);
        if (guard->stopped()) co_return error{guard->why(errc::upstream_busy), "while waiting for a connection"};
        may_go = waiting.may_go();
    }
    auto taken = std::make_unique<place>(shared_from_this());
    auto lease = co_await pool_->acquire(wish, guard);
    if (!lease) co_return lease.error();
    auto line = std::make_shared<upstream_line>(*std::move(lease), depth);
    if (depth > 1) {
        std::erase_if(lines_, [](const std::weak_ptr<upstream_line>& each) { return each.expired(); });
        lines_.push_back(line);
    }
    taken->seat_ = std::make_unique<upstream_line::seat>(std::move(line), guard, upstream_health::call());
    for (std::uint32_t room = depth; room > 1; --room)
        call_next(false);
    co_return std::move(taken);
}

}  // namespace nearside::proxy
