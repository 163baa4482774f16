// Tells other nodes that what they invalidated holds here: each up to which record of the log, the latest word alone.
// What can't be told isn't told again: who waits for it has a bound of his own. Shared with what runs for it; on `home`
// alone, one thread's executor.
#pragma once

#include "cache/redis_commands.h"
#include "cache/redis_keys.h"
#include "core/clock.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace nearside::cache {

class confirmation_sender : public std::enable_shared_from_this<confirmation_sender> {
public:
    struct parts {
        boost::asio::any_io_executor home;
        std::shared_ptr<redis_commands> redis;
        redis_keys keys;
        std::string name;  // this node's
        milliseconds timeout{500};
        std::size_t most_nodes = 10'000;  // that are owed at a time; beyond, none is told
    };
    explicit confirmation_sender(parts given) : parts_(std::move(given)) {}

    // All up to that record holds here, and `issuer`, a node, is to be told so by send().
    void owe(const std::string& issuer, std::uint64_t sequence);
    void send();
    void stop() noexcept { owed_.clear(); }

private:
    static boost::asio::awaitable<void> run(std::shared_ptr<confirmation_sender> self);

    const parts parts_;
    std::map<std::string, std::uint64_t> owed_;  // sequences by issuer
    bool sending_ = false;
};

}  // namespace nearside::cache
