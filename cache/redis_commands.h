// Redis as the stores see it: commands, and the answers within a time.
// Implementations are shared by those who use them; any thread may call, and is resumed on its own executor.
#pragma once

#include "cache/redis_command.h"
#include "cache/redis_wire.h"
#include "core/clock.h"
#include "core/error.h"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace nearside::cache {

class redis_commands {
public:
    virtual ~redis_commands() = default;

    // No longer than `timeout`, whatever Redis does.
    virtual boost::asio::awaitable<result<redis_reply>> run(redis_command command, milliseconds timeout) = 0;
    // All at once; an answer for each.
    virtual boost::asio::awaitable<std::vector<result<redis_reply>>> run_all(std::vector<redis_command> commands,
                                                                             milliseconds timeout) = 0;
    // Whether asking makes sense just now.
    virtual bool available() const noexcept = 0;
};

}  // namespace nearside::cache
