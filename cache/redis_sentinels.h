// Asks Sentinels which server is primary now: the one that knew last time first, others soon after, since the primary's
// machine may be gone with the Sentinel on it. The first answer counts.
// Shared by its client and its own operations; one executor, which is one thread's.
#pragma once

#include "cache/redis_dialer.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace nearside::cache {

class redis_sentinels : public std::enable_shared_from_this<redis_sentinels> {
public:
    redis_sentinels(boost::asio::any_io_executor home, std::shared_ptr<const redis_dialer> dialer)
        : home_(std::move(home)), dialer_(std::move(dialer)) {}

    static constexpr milliseconds patience{100};  // with one, before the next is asked too
    // Asked again so soon, the last answer was no good: another one is asked first.
    static constexpr milliseconds soon{1'500};

    boost::asio::awaitable<result<redis_endpoint>> primary();
    // One to listen to: another at each call, the one that knew last time first.
    redis_endpoint next_to_hear();
    // A question under way is given up; further ones are not asked.
    void stop();

private:
    struct round;
    static boost::asio::awaitable<void> ask_in(std::shared_ptr<round> asked, std::shared_ptr<redis_sentinels> self,
                                               std::size_t which);
    boost::asio::awaitable<result<redis_endpoint>> ask(redis_endpoint sentinel);

    const boost::asio::any_io_executor home_;
    const std::shared_ptr<const redis_dialer> dialer_;
    std::size_t knew_ = 0;  // which of the settings' endpoints
    steady_time asked_{};
    std::size_t heard_ = 0;  // how often one was named to listen to
    std::vector<std::weak_ptr<redis_connection>> asking_;
    bool stopped_ = false;
};

}  // namespace nearside::cache
