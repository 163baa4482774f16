// A connection to Redis that listens to channels: dialled again whenever it ends, and probed, since a dead peer says
// nothing. Shared by its client and its own operations; everything, the events too, on `home`, which is one thread's
// executor.
#pragma once

#include "cache/redis_backoff.h"
#include "cache/redis_dialer.h"
#include "cache/redis_link.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

struct redis_subscription_events {
    std::function<void(std::string_view channel, std::string_view payload)> on_message;
    // Subscribed to all channels. Whatever was published before may have been missed.
    std::function<void()> on_up;
    // Nothing is heard any more, once after each on_up.
    std::function<void()> on_down;
};

class redis_subscription : public std::enable_shared_from_this<redis_subscription> {
public:
    static constexpr milliseconds probe_pause{1'000};
    // Without a byte for so long, though probed, the peer is dead.
    static constexpr milliseconds longest_silence{2'500};

    struct parts {
        boost::asio::any_io_executor home;
        std::shared_ptr<const redis_dialer> dialer;
        redis_locate locate;
        redis_dialer::peer who = redis_dialer::peer::server;
        std::vector<std::string> channels;
        redis_subscription_events events;
        // Why nothing is heard: at the first failure, and at the first after each on_up.
        std::function<void(const error& why)> on_failure;
    };

    static std::shared_ptr<redis_subscription> start(parts given);
    explicit redis_subscription(parts given);

    // Any thread. No event comes after stop() was carried out on `home`.
    void stop();
    void reconnect();

private:
    static boost::asio::awaitable<void> run(std::shared_ptr<redis_subscription> self);
    boost::asio::awaitable<result<void>> open();
    boost::asio::awaitable<error> listen(std::shared_ptr<redis_connection> to);
    void take(const redis_reply& push);
    void watch();

    const parts parts_;
    std::shared_ptr<redis_connection> connection_;
    std::size_t confirmed_ = 0;  // channels
    bool stopped_ = false;
    bool up_ = false;
    bool failure_told_ = false;
    bool probing_ = false;  // a PING is being written
    steady_time heard_{};
    redis_backoff backoff_;
    boost::asio::steady_timer watch_timer_;
    boost::asio::steady_timer retry_timer_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace nearside::cache
