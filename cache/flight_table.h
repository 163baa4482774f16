// Single flight: however many ask for one key, one of them leads and does the work, the others wait for its outcome.
// An outcome that others can use before the work is done is announced first: who joins then finds it at once.
// Knows nothing of how waiting is done: a waiter leaves a callback. Any thread may call; callbacks run on the thread
// that announces or lands the flight, outside every lock.
#pragma once

#include "core/clock.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearside::cache {

struct nothing_aboard {};

// `Aboard`: what those on a flight share before there is an outcome; it looks after its own threads.
template <class Outcome, class Aboard = nothing_aboard>
class flight_table {
public:
    class flight {
    public:
        explicit flight(steady_time began) : began_(began) {}

        [[no_unique_address]] Aboard aboard;

        // Nothing of the outcome was read before this.
        steady_time began() const noexcept { return began_; }

        // Calls `wake` once when there is an outcome. False, and `wake` is never called, when there is one already.
        bool on_landed(std::function<void()> wake) {
            const std::lock_guard lock(mutex_);
            if (outcome_) return false;
            waiting_.emplace_back(0, std::move(wake));
            return true;
        }

        // As on_landed(), for one who may leave() again: the number of its place. 0: there is an outcome already.
        std::uint64_t enter(std::function<void()> wake) {
            const std::lock_guard lock(mutex_);
            if (outcome_) return 0;
            waiting_.emplace_back(++last_place_, std::move(wake));
            return last_place_;
        }
        // Its `wake` is not called after this, unless another thread is just calling it.
        void leave(std::uint64_t place) {
            std::function<void()> unheard;  // destroyed outside the lock
            const std::lock_guard lock(mutex_);
            const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                            [place](const auto& each) { return each.first == place; });
            if (found == waiting_.end()) return;
            unheard = std::move(found->second);
            waiting_.erase(found);
        }

        // nullopt while nothing is known.
        std::optional<Outcome> outcome() const {
            const std::lock_guard lock(mutex_);
            return outcome_;
        }

        std::size_t waiting() const {
            const std::lock_guard lock(mutex_);
            return waiting_.size();
        }

    private:
        friend class flight_table;
        using places = std::vector<std::pair<std::uint64_t, std::function<void()>>>;

        // The first outcome stands.
        void tell(Outcome outcome) {
            places woken;
            {
                const std::lock_guard lock(mutex_);
                if (outcome_) return;
                outcome_ = std::move(outcome);
                woken.swap(waiting_);
            }
            for (const auto& [place, wake] : woken)
                wake();
        }

        const steady_time began_;
        mutable std::mutex mutex_;
        std::optional<Outcome> outcome_;
        places waiting_;
        std::uint64_t last_place_ = 0;
    };

    struct seat {
        std::shared_ptr<flight> of;  // null: there is nothing to wait for, see join_unless()
        bool leads = false;          // the holder must land() it, whatever happens
    };

    seat join(const std::string& key, steady_time now) {
        return join_unless(key, now, [] { return false; });
    }

    // As join(), but nobody leads where `settled()`: who saw nothing stored and comes just after the flight that stored
    // it has landed. It is asked under the lock, so nothing lands between its answer and the seat.
    template <class Settled>
    seat join_unless(const std::string& key, steady_time now, Settled settled) {
        return join_unless(key, now, [](const Outcome&) { return true; }, std::move(settled));
    }

    // Besides, a flight that has told its outcome is joined only where `acceptable(outcome)`; otherwise it goes on
    // without the key, which is the caller's now.
    template <class Acceptable, class Settled>
    seat join_unless(const std::string& key, steady_time now, Acceptable acceptable, Settled settled) {
        return join_unless(key, now, std::move(acceptable), std::move(settled), [](Aboard&) {});
    }

    // `begin(aboard)`: makes a new flight ready, before anybody else can join it.
    template <class Acceptable, class Settled, class Begin>
    seat join_unless(const std::string& key, steady_time now, Acceptable acceptable, Settled settled, Begin begin) {
        const std::lock_guard lock(mutex_);
        const auto found = flying_.find(key);
        if (found != flying_.end()) {
            const std::optional<Outcome> told = found->second->outcome();
            if (!told || acceptable(*told)) return {found->second, false};
        }
        if (settled()) return {};
        const auto led = std::make_shared<flight>(now);
        begin(led->aboard);
        flying_.insert_or_assign(key, led);
        return {led, true};
    }

    // Wakes who waits; the flight keeps its key until it lands.
    void announce(const std::shared_ptr<flight>& of, Outcome outcome) { of->tell(std::move(outcome)); }

    // The key is free for the next flight before any waiter wakes: who finds the outcome unusable can join anew.
    void land(const std::string& key, const std::shared_ptr<flight>& of, Outcome outcome) {
        {
            const std::lock_guard lock(mutex_);
            const auto at = flying_.find(key);
            if (at != flying_.end() && at->second == of) flying_.erase(at);
        }
        of->tell(std::move(outcome));
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return flying_.size();
    }

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<flight>> flying_;
};

}  // namespace nearside::cache
