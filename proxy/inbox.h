// Bytes that arrived and were not consumed yet, in one flat buffer. One owner, one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace nearside::proxy {

class inbox {
public:
    // Room for new bytes at the end, at least `least`; arrived(n) keeps the first n of them.
    char* prepare(std::size_t least);
    std::size_t room() const noexcept { return capacity_ - end_; }
    void arrived(std::size_t count) noexcept { end_ += count; }
    // Gives its memory back where nothing is held: of many connections, most wait.
    void shrink() noexcept;

    std::string_view view() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t count) noexcept;
    bool empty() const noexcept { return begin_ == end_; }

private:
    void move_to(std::size_t capacity);

    std::unique_ptr<char[]> bytes_;  // NOLINT(*-avoid-c-arrays): a vector would fill what is about to be read over
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace nearside::proxy
