// Opens connections to Redis as the settings say: look up, connect, TLS, AUTH, SELECT, and a first answer.
// Shared by all links of a client; the settings are immutable, so any thread may use it.
#pragma once

#include "cache/redis_connection.h"
#include "config/redis_settings.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace nearside::cache {

using redis_endpoint = config::redis_settings::endpoint;

class redis_dialer {
public:
    // Who is to be at the other end; a `primary` says so itself, whatever a Sentinel may think.
    enum class peer { server, primary, sentinel };

    // Fails where TLS cannot be set up.
    static result<std::shared_ptr<const redis_dialer>> create(std::shared_ptr<const config::redis_settings> settings);

    // Within `connect_timeout`. Where the settings name a Unix socket, that is where it goes. The connection is the
    // caller's, who may close it to end this sooner; a failed one is closed.
    boost::asio::awaitable<result<void>> open(std::shared_ptr<redis_connection> made, redis_endpoint to,
                                              peer who) const;

    const config::redis_settings& settings() const noexcept { return *settings_; }

private:
    redis_dialer() = default;
    boost::asio::awaitable<result<void>> reach(std::shared_ptr<redis_connection> made, redis_endpoint to,
                                               steady_time due) const;
    boost::asio::awaitable<result<void>> introduce(std::shared_ptr<redis_connection> made, peer who) const;
    redis_command auth() const;

    std::shared_ptr<const config::redis_settings> settings_;
    std::shared_ptr<boost::asio::ssl::context> tls_;  // null: plain
};

}  // namespace nearside::cache
