#include "cache/redis_wire.h"

#include <hiredis/read.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace nearside::cache {

namespace {

// From here on a bulk is read into its own bytes; hiredis would keep all of it beside them.
constexpr std::size_t least_large_bytes = redis_reply_reader::room_bytes;

constexpr std::size_t line_end_bytes = 2;

error garbage(std::string_view why) {
    return {errc::redis_error, std::string("Redis answered something that is no reply: ").append(why)};
}

}  // namespace

// hiredis's callbacks. An item is appended to its array, where it stays: an array grows only when its last item is
// done.
struct redis_reply_building {
    static redis_reply_reader& reader_of(const redisReadTask* task) {
        return *static_cast<redis_reply_reader*>(task->privdata);
    }

    // Null, which hiredis takes for out of memory: over a limit.
    static redis_reply* make(const redisReadTask* task) {
        if (task->parent == nullptr) return std::make_unique<redis_reply>().release();
        redis_reply_reader& reader = reader_of(task);
        if (++reader.items_ > reader.limits_.items) return nullptr;
        return &static_cast<redis_reply*>(task->parent->obj)->items.emplace_back();
    }

    static void* string(const redisReadTask* task, char* bytes, std::size_t size) {
        redis_reply_reader& reader = reader_of(task);
        reader.bytes_ += size;
        if (reader.bytes_ > reader.limits_.reply_bytes) return nullptr;
        redis_reply* made = make(task);
        if (made == nullptr) return nullptr;
        switch (task->type) {
            case REDIS_REPLY_STATUS:
                made->type = redis_reply::kind::status;
                break;
            case REDIS_REPLY_ERROR:
                made->type = redis_reply::kind::error;
                break;
            default:
                made->type = redis_reply::kind::bulk;
        }
        if (made->type == redis_reply::kind::bulk && std::exchange(reader.large_ready_, false)) {
            made->bytes = std::exchange(reader.large_done_, {});
        } else {
            made->bytes = buffer::copy_of({bytes, size});
        }
        return made;
    }

    static void* array(const redisReadTask* task, int size) {
        redis_reply_reader& reader = reader_of(task);
        if (size < 0 || static_cast<std::size_t>(size) > reader.limits_.items) return nullptr;
        redis_reply* made = make(task);
        if (made == nullptr) return nullptr;
        made->type = redis_reply::kind::array;
        // What is only announced takes no memory.
        constexpr std::size_t most_reserved = 64;
        made->items.reserve(std::min(static_cast<std::size_t>(size), most_reserved));
        return made;
    }

    static void* integer(const redisReadTask* task, long long value) {
        redis_reply* made = make(task);
        if (made == nullptr) return nullptr;
        made->type = redis_reply::kind::integer;
        made->integer = value;
        return made;
    }

    static void* nil(const redisReadTask* task) { return make(task); }

    static void free(void* reply) { std::unique_ptr<redis_reply>(static_cast<redis_reply*>(reply)).reset(); }
};

redis_reply_reader::redis_reply_reader(redis_reply_limits limits)
    : limits_(limits), reader_(nullptr, &redisReaderFree) {
    static redisReplyObjectFunctions functions{&redis_reply_building::string, &redis_reply_building::array,
                                               &redis_reply_building::integer, &redis_reply_building::nil,
                                               &redis_reply_building::free};
    reader_.reset(redisReaderCreateWithFunctions(&functions));
    if (reader_ == nullptr) throw std::bad_alloc();
    reader_->privdata = this;
}

redis_reply_reader::~redis_reply_reader() = default;

std::span<char> redis_reply_reader::prepare() {
    if (large_) {
        // Its line end is looked at behind it, and not kept.
        const std::size_t of_line_end = missing_ < line_end_bytes ? line_end_bytes - missing_ : 0;
        return {large_->prepare(line_end_bytes) + of_line_end, std::min(missing_, direct_bytes)};
    }
    if (room_ == nullptr) room_ = std::make_unique<char[]>(room_bytes);
    return {room_.get(), room_bytes};
}

void redis_reply_reader::commit(std::size_t count) {
    if (large_) {
        large_->commit(std::min(count, large_size_ - large_->size()));
        missing_ -= count;
    } else if (!spoiled_ && redisReaderFeed(reader_.get(), room_.get(), count) != REDIS_OK) {
        spoiled_ = true;
    }
}

result<std::optional<redis_reply>> redis_reply_reader::spoiled(std::string_view why) {
    spoiled_ = true;
    return garbage(why);
}

result<std::optional<redis_reply>> redis_reply_reader::next() {
    if (spoiled_) return garbage("what came before was none either");
    for (;;) {
        if (large_) {
            if (missing_ > 0) return std::optional<redis_reply>{};
            if (const auto closed = close_large_bulk(); !closed) return spoiled(closed.error().detail);
        }
        void* whole = nullptr;
        if (redisReaderGetReply(reader_.get(), &whole) != REDIS_OK) {
            return spoiled(reader_->err == REDIS_ERR_OOM ? "it is over the limits" : reader_->errstr);
        }
        if (whole != nullptr) {
            items_ = 0;
            bytes_ = 0;
            const std::unique_ptr<redis_reply> made(static_cast<redis_reply*>(whole));
            return std::optional<redis_reply>(std::move(*made));
        }
        if (const auto looked = look_at_open_bulk(); !looked) return spoiled(looked.error().detail);
        // A large bulk may have come as a whole, line end and all.
        if (!large_ || missing_ > 0) return std::optional<redis_reply>{};
    }
}

result<void> redis_reply_reader::look_at_open_bulk() {
    redisReader& state = *reader_;
    const std::string_view unread(state.buf + state.pos, state.len - state.pos);
    const bool in_bulk = state.ridx >= 0 && state.rstack[state.ridx].type == REDIS_REPLY_STRING;
    const std::size_t line = in_bulk ? unread.find("\r\n") : std::string_view::npos;
    if (line == std::string_view::npos) {
        if (unread.size() > room_bytes) return garbage("a line without an end");
        return {};
    }
    std::int64_t size = -1;
    const std::string_view digits = unread.substr(0, line);
    const auto [end, failure] = std::from_chars(digits.begin(), digits.end(), size);
    if (failure != std::errc{} || end != digits.end() || size < 0) return {};
    const auto wanted = static_cast<std::size_t>(size);
    if (wanted > limits_.bulk_bytes || bytes_ + wanted > limits_.reply_bytes) return garbage("it is over the limits");
    if (wanted < least_large_bytes) return {};

    const std::string_view begun = unread.substr(line + line_end_bytes);
    // All that hiredis holds is of this bulk, else it would have made a reply of it.
    if (begun.size() >= wanted + line_end_bytes) return garbage("a bulk longer than it said");
    bytes_ += wanted;
    large_size_ = wanted;
    large_.emplace(wanted + line_end_bytes);
    missing_ = wanted + line_end_bytes;
    if (!begun.empty()) std::memcpy(prepare().data(), begun.data(), begun.size());
    commit(begun.size());
    state.pos = state.len;
    return {};
}

result<void> redis_reply_reader::close_large_bulk() {
    if (std::string_view(large_->prepare(line_end_bytes), line_end_bytes) != "\r\n")
        return garbage("a bulk that doesn't end where it said");
    buffer_writer whole = std::move(*large_);
    large_.reset();
    large_done_ = whole.finish();
    large_ready_ = true;
    // To hiredis it was an empty one; its `$` has been read.
    constexpr std::string_view stand_in = "0\r\n\r\n";
    if (redisReaderFeed(reader_.get(), stand_in.data(), stand_in.size()) != REDIS_OK) return garbage("no memory");
    return {};
}

}  // namespace nearside::cache
