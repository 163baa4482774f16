#include "proxy/tier_lookup.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace nearside::proxy {

namespace asio = boost::asio;

asio::awaitable<tier_lookup::looked> tier_lookup::look(std::string key, cache::entry_ptr seen, tier_budget_ptr budget,
                                                       steady_time not_before) {
    const auto home = co_await asio::this_coro::executor;
    const tier_wait waits(std::move(budget), *parts_.time);
    if (!waits.may_begin()) co_return looked{};
    for (;;) {
        const flights::seat seat = flights_.join(key, parts_.time->steady_now());
        if (seat.leads) {
            try {
                auto looking = run(key, seen, seat.of);
                asio::co_spawn(parts_.home, std::move(looking), asio::detached);
            } catch (...) {
                // Who leads has to land.
                flights_.land(key, seat.of, nullptr);
            }
        }
        const auto woken = std::make_shared<wakeup>(home);
        const steady_time late = seat.of->began() + parts_.patience;
        if (seat.of->on_landed(woken->signaller())) {
            wait_with_all(woken);
            co_await woken->wait(std::min(late, waits.until()));
            wait_no_more(*woken);
        }
        const std::optional<cache::entry_ptr> found = seat.of->outcome();
        if (!found) {
            const steady_time now = parts_.time->steady_now();
            if (now >= late) be_late(now);
            co_return looked{nullptr, seat.of};
        }
        // Who led this look-up may have seen less.
        const bool brought = *found != nullptr && *found != seen;
        if (brought) co_return looked{*found};
        if (seat.leads || seat.of->began() >= not_before) co_return looked{};
    }
}

void tier_lookup::look(std::string key, cache::entry_ptr seen, tier_budget_ptr budget, const asio::any_io_executor& on,
                       std::function<void()> done) {
    auto looking = look_then(std::move(key), std::move(seen), std::move(budget), std::move(done));
    asio::co_spawn(on, std::move(looking), asio::detached);
}

asio::awaitable<void> tier_lookup::look_then(std::string key, cache::entry_ptr seen, tier_budget_ptr budget,
                                             std::function<void()> done) {
    std::exception_ptr thrown;
    try {
        auto looking = look(std::move(key), std::move(seen), std::move(budget));
        co_await std::move(looking);
    } catch (...) {
        thrown = std::current_exception();
    }
    done();
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> tier_lookup::run(std::string key, cache::entry_ptr seen, std::shared_ptr<flights::flight> of) {
    cache::entry_ptr brought;
    try {
        const cache::redis_find_time time{parts_.patience, parts_.for_content};
        auto finding = parts_.second->find(key, time, seen ? seen->born : wall_time::min());
        cache::tier_result<cache::entry_ptr> found = co_await std::move(finding);
        const steady_time now = parts_.time->steady_now();
        const bool timed_out = !found && found.error() == cache::tier_miss::timed_out;
        if (timed_out && now < of->began() + parts_.for_content) release_all(now);
        if (found) {
            // Somebody else's may have come into memory since this one was asked for.
            brought = keep(*found) ? *std::move(found) : parts_.memory->peek(key);
            if (brought == seen) brought = nullptr;
        }
    } catch (const std::exception&) {
        // Out of memory, most likely: it counts as not found.
        brought = nullptr;
    }
    if (brought && parts_.time->steady_now() > of->began() + parts_.patience) parts_.late->add();
    flights_.land(key, of, std::move(brought));
}

void tier_lookup::release_all(steady_time now) {
    be_late(now);
    decltype(waiting_) released;
    {
        const std::lock_guard lock(waiting_mutex_);
        released.swap(waiting_);
    }
    for (const auto& [key, each] : released) {
        if (const std::shared_ptr<wakeup> who = each.lock()) who->signal();
    }
}

void tier_lookup::wait_with_all(const std::shared_ptr<wakeup>& who) {
    const std::lock_guard lock(waiting_mutex_);
    waiting_.insert_or_assign(who.get(), who);
}

void tier_lookup::wait_no_more(const wakeup& who) {
    const std::lock_guard lock(waiting_mutex_);
    waiting_.erase(&who);
}

bool tier_lookup::keep(const cache::entry_ptr& found) {
    // What is stamped later than anything that is known here couldn't be struck by what is invalidated next.
    if (found->stamp > parts_.epochs->now()) return false;
    const cache::entry_ptr present = parts_.memory->peek(found->key);
    if (!present) return parts_.memory->add(found);
    // Of what knows as much of invalidations, what was read later.
    const bool newer = found->born > present->born && found->stamp >= present->stamp;
    return newer && parts_.memory->replace(present, found);
}

}  // namespace nearside::proxy
