// Renews views before they go stale: hot ones (`refresh: {while_used_within}`) while somebody uses them, with the
// forwarded headers that belong to the view's key, which everyone who has that view sends alike (they are kept in
// memory for that, and forgotten when the view has cooled down); and those that are kept warm (`warm`,
// proxy/warm_views.h), for nobody in particular. proxy/refresh_schedule decides when.
// Owned by its generation, which is held by whatever is under way here. Any thread.
#pragma once

#include "cache/memory_store.h"
#include "config/settings.h"
#include "core/clock.h"
#include "core/http_message.h"
#include "proxy/owner.h"
#include "proxy/recent_uses.h"
#include "proxy/refresh_schedule.h"
#include "proxy/site.h"
#include "proxy/view_question.h"
#include "proxy/view_refresh.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace nearside::proxy {

class refresh_ahead {
public:
    // Views by key that are watched. At about 1 kB each with a token, some 10 MB.
    static constexpr std::size_t most_watched = config::warm_settings::most;

    struct environment {
        owner held_by{};
        view_refresh* refresh = nullptr;
        const cache::memory_store* store = nullptr;  // null: nothing is there before it is published
        const clock* time = nullptr;
        boost::asio::any_io_executor home;  // one thread's; its timer is there
        std::size_t at_once = 1;            // renewals under way
        std::function<double()> random;     // 0 up to 1; asked under a mutex
    };
    explicit refresh_ahead(environment with);

    // Somebody was served of a view that is renewed while it is used. Costs a short lock of a shard where it is watched
    // already, and no more than that where no more can be.
    void used(const view_question& question, const request_head& request);
    // Made now where no fresh copy of it is stored, and renewed until it is released, whether or not somebody uses it.
    // False: too many are watched already.
    bool keep(const refresh_order& order);
    void release(const std::string& key);
    // The same for what somebody is subscribed to, however many are watched: whoever subscribes is counted elsewhere.
    void subscribe(const refresh_order& order);
    void unsubscribe(const std::string& key);
    // What is watched is renewed now, or once more when its renewal has ended: it was invalidated.
    void hurry(const std::string& key);

    // A copy of it was published.
    void published(const std::string& key, milliseconds fresh, milliseconds stale);

    // Goes on with what another watches because it is used, as far as `places` has the same views.
    void take_over(refresh_ahead& before, const site& places);

    // Renews nothing any more, so that the executor can run out of work.
    void stop();

private:
    void note_stored(const std::string& key);
    void arm_soon();
    void arm();
    void renew();

    const environment with_;
    recent_uses uses_;
    std::atomic<bool> full_{false};  // no more can be watched; written under the mutex
    std::mutex mutex_;
    refresh_schedule schedule_;
    std::unordered_map<std::string, refresh_order> parked_;  // what each watched view is refreshed with
    bool stopped_ = false;
    boost::asio::steady_timer timer_;  // on `home` alone
};

}  // namespace nearside::proxy
