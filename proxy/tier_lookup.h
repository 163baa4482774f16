// Asks the second tier for what memory doesn't have: one look-up a key at a time, whoever asks. What is found goes into
// memory unless something newer has come there, also when it is found too late for those who have asked.
// Owned by second_tier; outlives every request. Any thread.
#pragma once

#include "cache/entry.h"
#include "cache/flight_table.h"
#include "cache/memory_store.h"
#include "cache/redis_store.h"
#include "cache/tag_epochs.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "proxy/tier_budget.h"
#include "proxy/wakeup.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace nearside::proxy {

class tier_lookup {
public:
    struct parts {
        cache::redis_store* second = nullptr;
        cache::memory_store* memory = nullptr;
        const cache::tag_epochs* epochs = nullptr;
        const clock* time = nullptr;
        boost::asio::any_io_executor home;  // where the look-ups run
        milliseconds patience{0};           // that who asks waits
        milliseconds for_content{0};        // that large content may take
        counter* late = nullptr;            // found when nobody waited any more
    };

    explicit tier_lookup(parts with) : parts_(std::move(with)) {}
    tier_lookup(const tier_lookup&) = delete;
    tier_lookup& operator=(const tier_lookup&) = delete;

    using flights = cache::flight_table<cache::entry_ptr>;

    struct looked {
        cache::entry_ptr found;                   // what has come into memory; null: nothing newer than `seen`
        std::shared_ptr<flights::flight> late{};  // or not within the patience: it is still being looked for
    };
    // `seen` may be null. `budget`: what the caller may wait, if that is less than the patience; nothing is looked for
    // where nothing is left of it. A look-up that began before `not_before` doesn't do: what the caller knows to be
    // there may have come after it. The caller's executor is one thread's.
    boost::asio::awaitable<looked> look(std::string key, cache::entry_ptr seen, tier_budget_ptr budget,
                                        steady_time not_before = steady_time::min());
    // The same for who leaves a callback, which is called on `on`, and never from within this call.
    void look(std::string key, cache::entry_ptr seen, tier_budget_ptr budget, const boost::asio::any_io_executor& on,
              std::function<void()> done);

    // For one request.
    tier_budget_ptr make_budget() const { return std::make_shared<tier_budget>(parts_.patience); }

    // Somebody's patience ran out a moment ago: a request shouldn't wait for the second tier once more.
    bool was_late(steady_time now) const noexcept {
        return now.time_since_epoch().count() < late_until_.load(std::memory_order_relaxed);
    }

private:
    static constexpr milliseconds late_for{100};

    boost::asio::awaitable<void> run(std::string key, cache::entry_ptr seen, std::shared_ptr<flights::flight> of);
    boost::asio::awaitable<void> look_then(std::string key, cache::entry_ptr seen, tier_budget_ptr budget,
                                           std::function<void()> done);
    bool keep(const cache::entry_ptr& found);
    // Redis hasn't even said within the patience whether it has something: nobody else waits that long to learn it.
    void release_all(steady_time now);
    void wait_with_all(const std::shared_ptr<wakeup>& who);
    void wait_no_more(const wakeup& who);
    void be_late(steady_time now) noexcept {
        late_until_.store((now + late_for).time_since_epoch().count(), std::memory_order_relaxed);
    }

    const parts parts_;
    flights flights_;
    std::mutex waiting_mutex_;
    // Whoever waits, for any key. Not kept alive: a wait that is given up with its executor doesn't leave.
    std::unordered_map<const wakeup*, std::weak_ptr<wakeup>> waiting_;
    std::atomic<steady_time::rep> late_until_{0};
};

}  // namespace nearside::proxy
