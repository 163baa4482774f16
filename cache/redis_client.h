// Redis as the rest of nearside sees it: commands with a time each, messages, and whether it is worth asking at all.
// Nothing here waits longer than it was told to, whatever Redis does. Owned by main; destroyed or stopped on any
// thread.
#pragma once

#include "cache/redis_command.h"
#include "cache/redis_wire.h"
#include "config/redis_settings.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

class redis_subscription;
struct redis_subscription_events;

class redis_client {
public:
    using answer = result<redis_reply>;

    // All work is done on `home`: the executor of an io_context that one thread runs, or a strand. Fails (tls_failed)
    // where TLS cannot be set up; Redis itself need not be there. The logger outlives what runs on `home`.
    static result<std::unique_ptr<redis_client>> create(boost::asio::any_io_executor home,
                                                        std::shared_ptr<const config::redis_settings> settings,
                                                        logger& log);
    ~redis_client();
    redis_client(const redis_client&) = delete;
    redis_client& operator=(const redis_client&) = delete;

    // Any thread; the caller resumes on its own executor. An error that Redis answered is redis_error, its detail
    // begins with Redis's code (`NOSCRIPT ...`). redis_timeout and redis_unavailable after the command was sent:
    // whether it was carried out is not known; it is never sent twice.
    boost::asio::awaitable<answer> run(redis_command command, milliseconds timeout);
    // Pipelined; answers in the order of the commands, each for itself. Of one lane and one node: carried out in order.
    boost::asio::awaitable<std::vector<answer>> run_all(std::vector<redis_command> commands, milliseconds timeout);

    // False while there is no connection, and after several timeouts in a row until a PING is answered in time. Any
    // thread; cheap.
    bool available() const noexcept;

    // At the node that holds the slot of `prefix`, where commands without a key go: PUBLISH needs none. Events come on
    // `home`. It ends with stop(), or with this.
    std::shared_ptr<redis_subscription> subscribe(std::vector<std::string> channels, redis_subscription_events events);

    // What is under way fails. Any thread; twice is fine.
    void stop();

private:
    class core;
    explicit redis_client(std::shared_ptr<core> made);

    std::shared_ptr<core> core_;
};

}  // namespace nearside::cache
