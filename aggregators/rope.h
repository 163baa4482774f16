// Output in the making: text of our own copied together in chunks, and long stretches of upstream documents kept as
// references to them. Append-only, with marks to go back to. One owner, one thread.
// Appending short pieces costs a copy and no allocation; that is what makes picking a few fields of each item fast.
#pragma once

#include "core/body.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class rope {
public:
    // Stretches of at least this many bytes stay in the upstream's document; a slice of a body costs about as much as
    // copying this many bytes once.
    static constexpr std::size_t share_from = 4096;
    // A document of which less than one part in this many is shared is not kept alive for it: its parts are copied.
    static constexpr std::size_t keep_share = 4;

    struct mark {
        std::size_t pieces = 0;
        std::size_t chunks = 0;
        char* begin = nullptr;
        char* at = nullptr;
        std::size_t size = 0;
    };

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    void append(std::string_view text) {
        if (static_cast<std::size_t>(end_ - at_) < text.size()) [[unlikely]]
            grow(text.size());
        if (!text.empty()) std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
        size_ += text.size();
    }
    void append(char c) {
        if (at_ == end_) [[unlikely]]
            grow(1);
        *at_++ = c;
        ++size_;
    }
    // The bytes [begin, end) of a document that outlives the rope's use. Reads past them, into the document's padding.
    void append(const buffer& from, std::uint32_t begin, std::uint32_t end) {
        const std::size_t count = end - begin;
        if (count >= share_from) [[unlikely]] {
            share(from, begin, end);
            return;
        }
        if (static_cast<std::size_t>(end_ - at_) < count + stride) [[unlikely]]
            grow(count + stride);
        const char* source = from.data() + begin;
        for (std::size_t done = 0; done < count; done += stride)
            std::memcpy(at_ + done, source + done, stride);
        at_ += count;
        size_ += count;
    }
    // A copy of what another one holds; the documents that it shares stay shared.
    void append(const rope& other);
    // A copy of the bytes [begin, end) of another one, which is not changed since parts().
    void append(const rope& other, const std::vector<std::size_t>& parts, std::size_t begin, std::size_t end);
    // What another one holds, without a copy.
    void splice(rope&& other);

    // Where what it is made of begins, for copies of some of its bytes.
    std::vector<std::size_t> parts();

    mark here() const noexcept { return {pieces_.size(), chunks_.size(), begin_, at_, size_}; }
    // Forgets what was appended since; chunks are kept for what comes.
    void back_to(const mark& place);
    void clear() noexcept;

    // All of it as a body. Documents are kept alive by the slices that point into them, by the rule of keep_share.
    body finish() &&;

private:
    static constexpr std::size_t stride = 32;  // at most a buffer's padding
    static_assert(stride <= buffer::padding);

    struct piece {
        const buffer* from = nullptr;         // null: text of our own
        std::shared_ptr<const char[]> chunk;  // that holds it then
        std::string_view bytes;
    };
    struct chunk {
        std::shared_ptr<char[]> bytes;
        std::size_t size = 0;
    };

    void grow(std::size_t wanted);
    void append(const piece& part, std::string_view bytes);
    void share(const buffer& from, std::uint32_t begin, std::uint32_t end);
    // Makes a piece of the text written since the last one.
    void close_text();

    std::vector<piece> pieces_;
    std::vector<chunk> chunks_;
    // The text being written, [begin_, at_), in the last chunk, which ends at end_.
    char* begin_ = nullptr;
    char* at_ = nullptr;
    char* end_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace nearside::aggregators
