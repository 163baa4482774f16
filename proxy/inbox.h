// Bytes that arrived and were not consumed yet, in one flat buffer. One owner, one thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace nearside::proxy {

class inbox {
public:
    // Room for new bytes at the end, at least `least`; arrived(n) keeps the first n of them.
    char* prepare(std::size_t least);
    std::size_t room() const noexcept { return bytes_.size() - end_; }
    void arrived(std::size_t count) noexcept { end_ += count; }

    std::string_view view() const noexcept { return {bytes_.data() + begin_, end_ - begin_}; }
    void consume(std::size_t count) noexcept;
    bool empty() const noexcept { return begin_ == end_; }

private:
    std::vector<char> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace nearside::proxy
