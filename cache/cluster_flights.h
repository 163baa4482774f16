// One flight per key and cluster: whoever is about to fetch what others may use takes a lease in Redis first. Who finds
// it taken waits for the event that tells of its end, and finds the result in the second tier. A holder that dies is
// noticed by the lease's expiry. An accelerator: where Redis is away or slow, everybody goes on alone at once.
// What a holder writes that has lost its lease meanwhile is compared in Redis with what stands there (redis_writer):
// the older never replaces the newer. Owned by main, shared with what runs for it; all work is done on `home`, one
// thread's executor.
#pragma once

#include "cache/redis_commands.h"
#include "cache/redis_keys.h"
#include "cache/redis_script.h"
#include "cache/redis_subscription.h"
#include "core/clock.h"
#include "core/metrics.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

struct cluster_flight_limits {
    milliseconds lease{3'000};  // after which a dead holder is noticed; renewed while it lives
    milliseconds renew_pause{1'000};
    milliseconds patience{40};     // for the answer of Redis, before a flight goes on alone
    milliseconds ask_again{25};    // while it waits: an event may be lost, and Redis may hang
    milliseconds longest{60'000};  // that a lease is renewed for
    // That others wait for what is stored to stand in Redis, too: so long, and longer by its size. Redis may hang.
    milliseconds to_write{20};
    std::uint64_t written_per_millisecond = std::uint64_t{64} * 1024;  // bytes
    std::size_t leases = 100'000;  // held or waited for here at once; further flights go on alone
};

class cluster_flights : public std::enable_shared_from_this<cluster_flights> {
public:
    // What is published when a flight has ended: on all nodes but its own.
    using stored_elsewhere = std::function<void(const std::string& key, const std::string& etag)>;

    struct parts {
        boost::asio::any_io_executor home;
        std::shared_ptr<redis_commands> redis;
        redis_keys keys;
        std::string name;  // this node's
        std::function<std::shared_ptr<redis_subscription>(std::vector<std::string> channels,
                                                          redis_subscription_events events)>
            subscribe;
        metrics& registry;
        cluster_flight_limits limits{};
    };

    static std::shared_ptr<cluster_flights> start(parts given);
    explicit cluster_flights(parts given);

    enum class verdict : std::uint8_t {
        leads,  // has to tell how it ended
        ended,  // another's flight has ended, and what it made may be in the second tier
        alone,  // nobody could be asked: nothing is to be told
    };
    // `patience`: for the first answer of Redis, if that is less than limits.patience.
    // Any thread; resumes on the caller's executor, within `limit`.
    static boost::asio::awaitable<verdict> join(std::shared_ptr<cluster_flights> self, std::string key,
                                                milliseconds limit, milliseconds patience = milliseconds::max());
    // What a flight that may be led from here has brought is stored, and on its way to Redis. Where it takes too long
    // to get there, those who wait go on by themselves. Any thread; doesn't wait.
    void is_stored_here(std::string key, std::uint64_t bytes);
    // How a flight that leads has ended: its result is in the second tier (with this entity tag), or there is none.
    // Any thread; doesn't wait.
    void end(std::string key, bool stored, std::string etag) {
        spawn_end({std::move(key), stored, std::move(etag), false});
    }
    // The same for what may not have been led from here: then nobody is told.
    void end_if_led(std::string key, bool stored) { spawn_end({std::move(key), stored, {}, true}); }
    // Stored without a lease: others may want to know.
    void tell_stored(std::string key, std::string etag) { end(std::move(key), true, std::move(etag)); }

    // Before anything is joined; called on `home`.
    void on_stored(stored_elsewhere told) { told_ = std::move(told); }

    // Any thread; twice is fine.
    void stop();

private:
    struct holding {
        std::string token;
        steady_time until;                                       // an end that nobody told of is one, too
        std::shared_ptr<boost::asio::steady_timer> unwritten{};  // until it counts as that
    };
    struct ending {
        std::string key;
        bool stored;
        std::string etag;
        bool only_led;
        std::string token = {};  // of a lease that may have been taken, and isn't known to be held
    };
    struct waiter {
        boost::asio::steady_timer wake;
        bool told = false;  // of an end, whatever came of it
        bool ended = false;
    };

    static boost::asio::awaitable<verdict> join_here(std::shared_ptr<cluster_flights> self, std::string key,
                                                     milliseconds limit, milliseconds patience);
    static boost::asio::awaitable<void> renew(std::shared_ptr<cluster_flights> self);
    static boost::asio::awaitable<void> end_unless_written(std::shared_ptr<cluster_flights> self, std::string key,
                                                           milliseconds patience);
    void spawn_end(ending of);
    static boost::asio::awaitable<void> end_here(std::shared_ptr<cluster_flights> self, ending of);
    // Milliseconds that another holds it for; 0: it is this node's now; less: nobody knows.
    boost::asio::awaitable<std::int64_t> take(std::string key, std::string token, milliseconds patience);
    void hear(std::string_view payload);

    const parts parts_;
    const std::string channel_;
    const redis_script_ptr take_, renew_, end_;
    std::shared_ptr<redis_subscription> subscription_;
    stored_elsewhere told_;
    boost::asio::steady_timer renewal_;
    bool renewing_ = false;
    bool stopped_ = false;
    std::atomic<bool> up_{false};  // events are heard
    std::uint64_t last_token_ = 0;
    std::map<std::string, holding, std::less<>> held_;                          // by key
    std::multimap<std::string, std::shared_ptr<waiter>, std::less<>> waiting_;  // by key
    counter& led_;
    counter& waited_;
    counter& expired_;
    counter& unwritten_;
};

}  // namespace nearside::cache
