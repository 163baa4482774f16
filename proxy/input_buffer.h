// Bytes read from a client and not used yet, flat. Its memory comes from the thread's pool while there is something to
// read and goes back when the connection is idle, so that an idle connection holds none.
// One connection, one thread; no I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace nearside::proxy {

// Blocks of one size for the connections of one thread, which owns it.
class block_pool {
public:
    static constexpr std::size_t block_size = 16 * 1024;
    static constexpr std::size_t max_kept = 64;

    std::unique_ptr<char[]> take();
    void give_back(std::unique_ptr<char[]> block);

private:
    std::vector<std::unique_ptr<char[]>> free_;
};

class input_buffer {
public:
    explicit input_buffer(block_pool& pool) : pool_(pool) {}
    ~input_buffer();
    input_buffer(const input_buffer&) = delete;
    input_buffer& operator=(const input_buffer&) = delete;

    std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    bool empty() const noexcept { return begin_ == end_; }
    void consume(std::size_t count) noexcept;

    // Where the next bytes go. Moves the unread ones to the front, and grows when they fill everything; what unread()
    // gave before is invalid afterwards. At least `wanted` bytes are held in all.
    std::span<char> room(std::size_t wanted = block_pool::block_size);
    void commit(std::size_t count) noexcept { end_ += count; }
    // Gives memory back; only when empty.
    void release() noexcept;

private:
    block_pool& pool_;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace nearside::proxy
