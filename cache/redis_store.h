// The second tier: stored answers in Redis, behind the memory store. An accelerator: gone, slow or full, it costs a
// miss with a name, never a wrong answer and never more than the time that was given. Built and owned by main; outlives
// those who ask. Any thread.
#pragma once

#include "cache/entry.h"
#include "cache/redis_commands.h"
#include "cache/redis_store_parts.h"
#include "cache/tier_gate.h"
#include "cache/tier_miss.h"
#include "core/metrics.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace nearside::cache {

class redis_writer;

// What is kept beside entries.
enum class stored_text : std::uint8_t { recipe, schema };

class redis_store {
public:
    struct parts {
        std::shared_ptr<redis_commands> redis;
        std::string prefix;
        boost::asio::any_io_executor workers;  // threads for heavy work; they stop before this goes away
        const clock& time;
        std::function<std::uint64_t()> random;  // any thread
        redis_store_limits limits;
        metrics& registry;
        const tier_gate* gate = nullptr;                                   // null: always open
        std::function<void(const entry& of, redis_wrote what)> written{};  // redis_store_parts
    };

    explicit redis_store(parts given);
    ~redis_store();
    redis_store(const redis_store&) = delete;
    redis_store& operator=(const redis_store&) = delete;

    // Written behind, the newest of a key alone; dropped where too much waits, or Redis isn't there.
    void put(entry_ptr of);
    // Gone for find() from now on, for others once Redis confirms; tried until it does.
    void erase(std::string key);
    // The caller resumes on its own executor within `time`. What isn't written yet is found too.
    boost::asio::awaitable<tier_result<entry_ptr>> find(std::string key, milliseconds time);
    // Large content may take longer than all else. What was born no later than `newer_than` isn't read: not_newer.
    boost::asio::awaitable<tier_result<entry_ptr>> find(std::string key, redis_find_time time, wall_time newer_than);

    // Small texts, by the key they belong to; `format` names what is written, with its version.
    void put_text(stored_text what, std::string key, std::string_view format, std::string_view text);
    boost::asio::awaitable<tier_result<std::string>> find_text(stored_text what, std::string key, std::string format,
                                                               milliseconds time);

    // Until all is written that waits. False: it isn't at `until`.
    bool wait_until_written(steady_time until);
    // What waits is not written any more.
    void stop();
    std::size_t waiting() const;
    // Nothing waits or is being written.
    bool idle() const;

private:
    const std::shared_ptr<const redis_store_parts> parts_;
    const std::shared_ptr<redis_writer> writer_;
    metrics::observation waiting_, waiting_bytes_;
};

}  // namespace nearside::cache
