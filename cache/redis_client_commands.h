// A client of Redis, as the stores see it. Owned by main; not longer than its client.
#pragma once

#include "cache/redis_client.h"
#include "cache/redis_commands.h"

#include <utility>

namespace nearside::cache {

class redis_client_commands final : public redis_commands {
public:
    explicit redis_client_commands(redis_client& client) : client_(client) {}

    boost::asio::awaitable<result<redis_reply>> run(redis_command command, milliseconds timeout) override {
        return client_.run(std::move(command), timeout);
    }
    boost::asio::awaitable<std::vector<result<redis_reply>>> run_all(std::vector<redis_command> commands,
                                                                     milliseconds timeout) override {
        return client_.run_all(std::move(commands), timeout);
    }
    bool available() const noexcept override { return client_.available(); }

private:
    redis_client& client_;
};

}  // namespace nearside::cache
