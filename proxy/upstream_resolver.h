// Addresses of one upstream's host, kept for a short time. Those who ask together share one look-up; when a look-up
// fails, the addresses known last are used again.
// Shared by the dials of one pool; any thread.
#pragma once

#include "core/clock.h"
#include "core/error.h"
#include "proxy/call_guard.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nearside::proxy {

class upstream_resolver : public std::enable_shared_from_this<upstream_resolver> {
public:
    using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

    upstream_resolver(std::string host, std::uint16_t port, milliseconds keep_for);

    boost::asio::awaitable<result<endpoints>> resolve(std::shared_ptr<call_guard> guard);
    // This one answered: it is tried first from now on.
    void prefer(const boost::asio::ip::tcp::endpoint& working);

private:
    class waiter;
    void look_up(const boost::asio::any_io_executor& executor);
    void on_answer(const boost::system::error_code& failure, endpoints found);

    const std::string host_;
    const std::uint16_t port_;
    const milliseconds keep_for_;
    std::mutex mutex_;
    endpoints known_;
    steady_time known_until_{};
    error last_failure_;
    bool looking_up_ = false;
    std::vector<std::shared_ptr<waiter>> waiting_;
};

}  // namespace nearside::proxy
