// A script that Redis runs, known by its digest: sent whole only where Redis doesn't know it yet.
// Immutable; any thread.
#pragma once

#include "cache/redis_commands.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

// As Redis has it: hexadecimal.
std::string sha1_of(std::string_view text);

class redis_script {
public:
    explicit redis_script(std::string text);

    struct call {
        std::vector<std::string> keys;  // of one slot; the first says where it runs. At least one
        std::vector<std::string> arguments;
    };

    const std::string& text() const noexcept { return text_; }
    const std::string& digest() const noexcept { return digest_; }

private:
    std::string text_;
    std::string digest_;  // SHA-1 in hexadecimal, as EVALSHA has it
};

using redis_script_ptr = std::shared_ptr<const redis_script>;

// Pipelined, in this order; an answer for each. What failed with NOSCRIPT was not carried out and is sent again.
boost::asio::awaitable<std::vector<result<redis_reply>>> run_script(std::shared_ptr<redis_commands> redis,
                                                                    redis_script_ptr script,
                                                                    std::vector<redis_script::call> calls,
                                                                    milliseconds timeout);
boost::asio::awaitable<result<redis_reply>> run_script(std::shared_ptr<redis_commands> redis, redis_script_ptr script,
                                                       redis_script::call call, milliseconds timeout);

}  // namespace nearside::cache
