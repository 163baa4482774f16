#include "proxy/upstream_dialer.h"
#include "proxy/upstream_pool_parts.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>

namespace nearside::proxy {

namespace asio = boost::asio;

namespace {

constexpr milliseconds first_backoff{500};
constexpr milliseconds most_backoff{10'000};

}  // namespace

asio::awaitable<void> upstream_pool::dial(std::shared_ptr<upstream_pool> pool, std::shared_ptr<waiter> wanted_by) {
    const auto home = co_await asio::this_coro::executor;
    const auto guard = call_guard::create(home, steady_time::max());
    {
        const std::lock_guard lock(pool->mutex_);
        pool->dials_.push_back(guard);
        if (pool->stopped_) guard->stop(errc::shutting_down);
    }
    auto outcome = co_await pool->dialer_->connect(guard);

    actions later;
    bool first_failure = false;
    {
        const std::lock_guard lock(pool->mutex_);
        const steady_time now = steady_now();
        std::erase(pool->dials_, guard);
        --pool->opening_;
        if (wanted_by) wanted_by->dialing = false;
        if (outcome) {
            ++pool->totals_.connects;
            pool->warm_backoff_ = milliseconds{0};
            pool->place(std::move(*outcome), wanted_by, later);
        } else {
            ++pool->totals_.failed_connects;
            if (!wanted_by && pool->successors_ > 0) --pool->successors_;
            first_failure = pool->warm_backoff_ == milliseconds{0};
            pool->warm_backoff_ = std::clamp(pool->warm_backoff_ * 2, first_backoff, most_backoff);
            pool->warm_again_ = now + pool->warm_backoff_;
            if (wanted_by && wanted_by->queued) pool->refuse(wanted_by, outcome.error(), later);
        }
        pool->open_for_waiters(later);
        pool->open_for_warmth(now, later);
    }
    pool->carry_out(later);
    logger* const log = pool->environment_.log;
    if (first_failure && log != nullptr && outcome.error() != errc::shutting_down) {
        const bool ours = outcome.error() == errc::out_of_descriptors;
        log->warning(ours ? "no file descriptor for an upstream connection" : "upstream connection failed",
                     {{"upstream", pool->upstream_->name},
                      {"error", to_string(outcome.error().code)},
                      {"detail", outcome.error().detail}});
    }
}

asio::awaitable<void> upstream_pool::keep_sweeping(std::shared_ptr<upstream_pool> pool) {
    for (;;) {
        pool->sweeper_->expires_after(pool->environment_.sweep_every);
        co_await pool->sweeper_->async_wait(asio::as_tuple(asio::use_awaitable));
        pool->close_dead();
        actions later;
        {
            const std::lock_guard lock(pool->mutex_);
            if (pool->stopped_) co_return;
            pool->sweep(steady_now(), later);
        }
        pool->carry_out(later);
    }
}

void upstream_pool::open_for_warmth(steady_time now, actions& later) {
    if (stopped_ || !sweeper_ || now < warm_again_) return;
    const auto old = [&](const connection_ptr& each) { return due_for_renewal(*each, now); };
    std::size_t standing = static_cast<std::size_t>(std::count_if(idle_.begin(), idle_.end(), std::not_fn(old)));
    standing += in_use_ + opening_;
    for (; standing < warm(); ++standing) {
        if (held() >= limit()) {
            // No room beside the old ones: they go one at a time, so that most of them always stand.
            const auto oldest = std::find_if(idle_.begin(), idle_.end(), old);
            if (oldest == idle_.end() || opening_ > 0) return;
            later.close.push_back(std::move(*oldest));
            idle_.erase(oldest);
            ++successors_;
            count_aged(1);
        } else if (held() >= warm()) {
            ++successors_;
        }
        open(nullptr, later);
    }
}

bool upstream_pool::due_for_renewal(const upstream_connection& connection, steady_time now) const noexcept {
    const milliseconds lead =
        std::min<milliseconds>(connection.keep_alive / 4, upstream_->timeout.connect + environment_.sweep_every);
    return now >= expiry(connection) - lead;
}

void upstream_pool::count_aged(std::size_t count) {
    const std::size_t renewed = std::min(count, successors_);
    successors_ -= renewed;
    totals_.renewed += renewed;
    totals_.surplus += count - renewed;
}

// Each is out of the list while it is looked at, as if it were in use: nobody waits for the mutex meanwhile.
void upstream_pool::close_dead() {
    std::size_t left = counts().idle;
    for (; left > 0; --left) {
        connection_ptr next;
        {
            const std::lock_guard lock(mutex_);
            if (idle_.empty()) return;
            next = std::move(idle_.front());
            idle_.erase(idle_.begin());
            ++in_use_;
        }
        const bool alive = next->transport->seems_alive();
        if (!alive) {
            const std::lock_guard lock(mutex_);
            ++totals_.found_dead;
        }
        take_back(std::move(next), alive);
    }
}

void upstream_pool::sweep(steady_time now, actions& later) {
    const auto drop = [&](auto condition) {
        for (connection_ptr& each : idle_) {
            if (condition(*each)) later.close.push_back(std::move(each));
        }
        count_aged(std::erase(idle_, nullptr));
    };
    drop([&](upstream_connection& each) { return now >= expiry(each); });
    const auto young = std::count_if(idle_.begin(), idle_.end(),
                                     [&](const connection_ptr& each) { return !due_for_renewal(*each, now); });
    // The successors stand: only now the old ones go.
    if (static_cast<std::size_t>(young) + in_use_ >= warm()) {
        drop([&](upstream_connection& each) { return due_for_renewal(each, now); });
    }
    open_for_waiters(later);
    open_for_warmth(now, later);
}

}  // namespace nearside::proxy
