// One command for Redis, kept as the bytes it is sent as. Arguments are binary; large ones are shared, not copied.
// A value; once built, any thread may read.
#pragma once

#include "core/body.h"

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::cache {

// Each node of Redis is reached by two connections, so that nobody who waits stands behind what is large or in no
// hurry. Commands of one lane to one node are carried out in the order they were given; those of two lanes in any.
enum class redis_lane { request, background };

class redis_command {
public:
    redis_command() = default;
    // `key` routes it in a cluster; several keys in one command must be of one slot (`{hash tag}`). Empty: the node
    // that holds the slot of settings.prefix. It is not an argument by itself.
    redis_command(std::string key, std::initializer_list<std::string_view> words) : key(std::move(key)) {
        for (const std::string_view each : words)
            add(each);
    }

    redis_command& add(std::string_view argument);
    redis_command& add(const char* argument) { return add(std::string_view(argument)); }
    redis_command& add(const std::string& argument) { return add(std::string_view(argument)); }
    template <std::integral Number>
    redis_command& add(Number number) {
        return add(std::string_view(std::to_string(number)));
    }
    // One argument; its bytes are shared where they are many.
    redis_command& add(const body& argument);
    redis_command& add(const slice& argument);

    std::size_t arguments() const noexcept { return arguments_; }
    // Of all that is sent.
    std::size_t bytes() const noexcept;

    std::string key;
    redis_lane lane = redis_lane::request;

private:
    friend class redis_batch;
    struct shared_part {
        std::size_t before;  // bytes of text_ that come first
        slice bytes;
    };
    void open(std::size_t size);
    void put(const slice& part);

    std::size_t arguments_ = 0;
    std::string text_;  // without the shared parts, and without the array's header
    std::vector<shared_part> shared_;
    std::size_t shared_bytes_ = 0;
};

// Commands one after the other, as few pieces for one write. One owner, one thread.
class redis_batch {
public:
    void add(const redis_command& command);
    std::size_t bytes() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_ == 0; }
    // What is to be written. The batch is empty afterwards.
    std::vector<slice> take();

private:
    void flush();
    std::vector<slice> pieces_;
    std::string text_;
    std::size_t bytes_ = 0;
};

}  // namespace nearside::cache
