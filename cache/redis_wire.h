// What Redis answers: a value, and the reader that makes it of bytes as they come. RESP2; hiredis reads its grammar.
// The reader belongs to one connection; one thread. Anything that is no RESP, or over the limits, is an error for good.
#pragma once

#include "core/body.h"
#include "core/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

struct redisReader;

namespace nearside::cache {

struct redis_reply {
    enum class kind : std::uint8_t { nil, status, error, integer, bulk, array };

    kind type = kind::nil;
    std::int64_t integer = 0;
    buffer bytes;                    // of a status, an error, a bulk; a large bulk is where the socket wrote it
    std::vector<redis_reply> items;  // of an array

    std::string_view text() const noexcept { return bytes.view(); }
    bool is(kind asked) const noexcept { return type == asked; }
    bool is_nil() const noexcept { return type == kind::nil; }
    bool is_error() const noexcept { return type == kind::error; }
    // A status of that text: `OK`, `PONG`, `QUEUED`.
    bool is_status(std::string_view asked) const noexcept { return type == kind::status && text() == asked; }
};

struct redis_reply_limits {
    std::size_t bulk_bytes = std::size_t{256} * 1024 * 1024;
    std::size_t reply_bytes = std::size_t{512} * 1024 * 1024;  // all bulks of one reply
    std::size_t items = 1'000'000;                             // of all arrays of one reply
};

class redis_reply_reader {
public:
    static constexpr std::size_t room_bytes = std::size_t{16} * 1024;     // read at once, and the longest line
    static constexpr std::size_t direct_bytes = std::size_t{256} * 1024;  // read at once into a large bulk

    explicit redis_reply_reader(redis_reply_limits limits = {});
    ~redis_reply_reader();
    redis_reply_reader(const redis_reply_reader&) = delete;
    redis_reply_reader& operator=(const redis_reply_reader&) = delete;

    // Where the next bytes belong; commit(n) tells how many came.
    std::span<char> prepare();
    void commit(std::size_t count);
    // The next whole reply; nothing: more bytes are needed. Asked until it has nothing, before prepare().
    result<std::optional<redis_reply>> next();

private:
    friend struct redis_reply_building;

    result<std::optional<redis_reply>> spoiled(std::string_view why);
    // A bulk that has begun and is large: the rest of it goes where it will stay.
    result<void> look_at_open_bulk();
    result<void> close_large_bulk();

    const redis_reply_limits limits_;
    std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
    std::unique_ptr<char[]> room_;
    bool spoiled_ = false;
    // While a large bulk is read: `missing_` bytes of it and its line end are still to come.
    std::optional<buffer_writer> large_;
    std::size_t large_size_ = 0;
    std::size_t missing_ = 0;
    buffer large_done_;
    bool large_ready_ = false;
    // Of the reply that is being read.
    std::size_t items_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace nearside::cache
