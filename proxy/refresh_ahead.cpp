#include "proxy/refresh_ahead.h"

#include "cache/reuse.h"

#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace nearside::proxy {

namespace {

// A renewal reads all anew, whatever the request said that it goes back to: of parts that were read when the copy was
// made, the next one would be stale as soon as that.
refresh_order anew(refresh_order order) {
    order.oldest = milliseconds{0};
    return order;
}

}  // namespace

refresh_ahead::refresh_ahead(environment with)
    : with_(std::move(with)),
      schedule_(most_watched, with_.at_once, with_.random, [this](std::string_view key) { return uses_.last(key); }),
      timer_(with_.home) {}

void refresh_ahead::used(const view_question& question, const request_head& request) {
    const milliseconds within = question.of().renewed_while_used_within;
    if (within <= milliseconds{0}) return;
    const steady_time now = with_.time->steady_now();
    if (uses_.note(question.key, now) || full_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    if (!schedule_.used(question.key, now, within)) {
        full_ = true;
        return;
    }
    uses_.watch(question.key, now);
    // The key holds a digest of what is forwarded: a later request of the same key forwards the same.
    if (!parked_.contains(question.key))
        parked_.emplace(question.key, anew(with_.refresh->order_of(question, request)));
}

bool refresh_ahead::keep(const refresh_order& order) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || !schedule_.keep(order.key, with_.time->steady_now())) return false;
        parked_.try_emplace(order.key, anew(order));
        note_stored(order.key);
    }
    arm_soon();
    return true;
}

void refresh_ahead::subscribe(const refresh_order& order) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        schedule_.subscribe(order.key, with_.time->steady_now());
        parked_.try_emplace(order.key, anew(order));
        note_stored(order.key);
    }
    arm_soon();
}

void refresh_ahead::unsubscribe(const std::string& key) {
    {
        const std::lock_guard lock(mutex_);
        schedule_.unsubscribe(key, with_.time->steady_now());
    }
    arm_soon();
}

void refresh_ahead::hurry(const std::string& key) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        schedule_.hurry(key);
    }
    arm_soon();
}

// With the mutex held.
void refresh_ahead::note_stored(const std::string& key) {
    const cache::entry_ptr stored = with_.store == nullptr ? nullptr : with_.store->peek(key);
    if (!stored) return;
    const milliseconds fresh = cache::time_to_live(*stored, with_.time->wall_now());
    if (fresh > milliseconds{0}) schedule_.published(key, with_.time->steady_now(), fresh, stored->lives.stale);
}

void refresh_ahead::take_over(refresh_ahead& before, const site& places) {
    std::vector<std::pair<refresh_order, steady_time>> watched;
    {
        const std::lock_guard lock(before.mutex_);
        for (const auto& [key, order] : before.parked_) {
            if (const auto used = before.uses_.last(key)) watched.emplace_back(order, *used);
        }
    }
    for (auto& [order, used] : watched) {
        const std::shared_ptr<const view> of = places.find_view(order.target->of->name);
        if (!of || of->mark != order.target->of->mark || of->renewed_while_used_within <= milliseconds{0}) continue;
        auto target = std::make_shared<view_target>(*order.target);
        target->of = of;
        order.target = std::move(target);
        const std::lock_guard lock(mutex_);
        if (!schedule_.used(order.key, used, of->renewed_while_used_within)) break;
        uses_.watch(order.key, used);
        note_stored(order.key);
        const std::string key = order.key;
        parked_.try_emplace(key, std::move(order));
    }
    arm_soon();
}

void refresh_ahead::release(const std::string& key) {
    {
        const std::lock_guard lock(mutex_);
        schedule_.release(key, with_.time->steady_now());
    }
    arm_soon();
}

void refresh_ahead::published(const std::string& key, milliseconds fresh, milliseconds stale) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        schedule_.published(key, with_.time->steady_now(), fresh, stale);
    }
    arm_soon();
}

void refresh_ahead::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        parked_.clear();
    }
    arm_soon();
}

void refresh_ahead::arm_soon() {
    boost::asio::post(with_.home, [this, hold = with_.held_by.hold()] { arm(); });
}

void refresh_ahead::arm() {
    steady_time next;
    {
        const std::lock_guard lock(mutex_);
        next = stopped_ ? steady_time::max() : schedule_.next();
    }
    if (next == steady_time::max()) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(next);
    // Held until stop(), which cancels it.
    timer_.async_wait([this, hold = with_.held_by.hold()](boost::system::error_code cancelled) {
        if (!cancelled) renew();
    });
}

void refresh_ahead::renew() {
    std::vector<refresh_order> orders;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        const refresh_schedule::due due = schedule_.take_due(with_.time->steady_now());
        for (const std::string& key : due.cooled) {
            parked_.erase(key);
            uses_.forget(key);
        }
        if (!due.cooled.empty()) full_ = false;
        for (const std::string& key : due.renew)
            orders.push_back(parked_.at(key));
    }
    for (const refresh_order& order : orders) {
        with_.refresh->ahead(order, [this, key = order.key, hold = with_.held_by.hold()] {
            {
                const std::lock_guard lock(mutex_);
                schedule_.ended(key, with_.time->steady_now());
            }
            arm_soon();
        });
    }
    arm();
}

}  // namespace nearside::proxy
