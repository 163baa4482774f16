#include "cache/redis_script.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace nearside::cache {

namespace asio = boost::asio;

namespace {

redis_command command_of(const redis_script& script, const redis_script::call& call, bool whole) {
    redis_command command(call.keys.front(), {whole ? "EVAL" : "EVALSHA", whole ? script.text() : script.digest()});
    command.add(call.keys.size());
    for (const std::string& each : call.keys)
        command.add(each);
    for (const std::string& each : call.arguments)
        command.add(each);
    return command;
}

bool is_unknown(const result<redis_reply>& reply) {
    return !reply && reply.error().code == errc::redis_error && reply.error().detail.starts_with("NOSCRIPT");
}

}  // namespace

std::string sha1_of(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("OpenSSL offers no SHA-1");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string written;
    for (std::size_t at = 0; at < size; ++at) {
        written.push_back(digits[bytes[at] >> 4]);
        written.push_back(digits[bytes[at] & 0x0f]);
    }
    return written;
}

redis_script::redis_script(std::string text) : text_(std::move(text)), digest_(sha1_of(text_)) {}

asio::awaitable<std::vector<result<redis_reply>>> run_script(std::shared_ptr<redis_commands> redis,
                                                             redis_script_ptr script,
                                                             std::vector<redis_script::call> calls,
                                                             milliseconds timeout) {
    std::vector<redis_command> commands;
    for (const redis_script::call& each : calls)
        commands.push_back(command_of(*script, each, false));
    std::vector<result<redis_reply>> replies = co_await redis->run_all(std::move(commands), timeout);
    commands.clear();
    for (std::size_t at = 0; at < replies.size(); ++at) {
        if (is_unknown(replies[at])) commands.push_back(command_of(*script, calls[at], true));
    }
    if (commands.empty()) co_return replies;
    std::vector<result<redis_reply>> again = co_await redis->run_all(std::move(commands), timeout);
    std::size_t next = 0;
    for (result<redis_reply>& each : replies) {
        if (is_unknown(each)) each = std::move(again[next++]);
    }
    co_return replies;
}

asio::awaitable<result<redis_reply>> run_script(std::shared_ptr<redis_commands> redis, redis_script_ptr script,
                                                redis_script::call call, milliseconds timeout) {
    std::vector<redis_script::call> calls;
    calls.push_back(std::move(call));
    auto running = run_script(std::move(redis), std::move(script), std::move(calls), timeout);
    std::vector<result<redis_reply>> replies = co_await std::move(running);
    co_return std::move(replies.front());
}

}  // namespace nearside::cache
