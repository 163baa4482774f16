// Writes to Redis what the queue holds, off the way of requests: on the workers, a few at once, each of a key in order.
// An erasure is tried until Redis confirms it; whatever else fails is dropped and counted.
// Shared by the store and its own coroutines; any thread.
#pragma once

#include "cache/entry_codec.h"
#include "cache/redis_store_parts.h"
#include "cache/redis_write_queue.h"
#include "cache/stored_chunks.h"

#include <boost/asio/awaitable.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::cache {

class redis_writer : public std::enable_shared_from_this<redis_writer> {
public:
    explicit redis_writer(std::shared_ptr<const redis_store_parts> parts);

    void push(redis_write one);
    redis_write_queue::pending of_entry(std::string_view key) const;
    // How many erasures there were, to be asked about later.
    std::uint64_t erasures() const;
    // Of that entry, after so many; true too where it can't be told any more.
    bool erased_after(std::uint64_t erasures, std::string_view key) const;
    // This content stands in chunks: who renews the entry needn't write it again.
    void knows_chunks(const entry& of, const packed_content& packed);
    // False: it still writes at `until`.
    bool wait_until_idle(steady_time until);
    // What waits is not written any more.
    void stop();

    std::size_t waiting() const;
    std::uint64_t waiting_bytes() const;
    bool idle() const;

private:
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    static awaitable<void> run(std::shared_ptr<redis_writer> self);
    std::optional<redis_write> next();
    // Whether to wait before the next.
    bool finish(redis_write one, redis_wrote what, steady_time since);

    awaitable<redis_wrote> attempt(const redis_write& one);
    awaitable<redis_wrote> write(const redis_write& one);
    awaitable<redis_wrote> write_entry(const redis_write& one);
    awaitable<redis_wrote> write_text(const redis_write& one);
    awaitable<redis_wrote> erase(const redis_write& one);

    awaitable<std::optional<redis_wrote>> write_head(const redis_write& one, milliseconds lives);
    awaitable<redis_wrote> write_manifest(const redis_write& one, std::string manifest, packed_content content,
                                          milliseconds lives);
    awaitable<bool> write_chunk(const redis_write& one, std::uint64_t generation, std::uint32_t number,
                                std::string bytes, milliseconds lives);
    awaitable<void> drop_chunks(const redis_write& one, std::uint64_t generation, std::uint32_t count);
    awaitable<result<redis_reply>> send(redis_command command);

    bool was_erased(std::string_view key) const;

    const std::shared_ptr<const redis_store_parts> parts_;
    mutable std::mutex mutex_;
    redis_write_queue queue_;
    stored_chunks chunks_;
    static constexpr std::size_t most_remembered_erasures = 256;
    std::uint64_t erasures_ = 0;
    std::deque<std::string> last_erased_;  // keys, the latest last
    std::size_t writers_ = 0;
    std::condition_variable idle_;
    bool stopped_ = false;
};

}  // namespace nearside::cache
