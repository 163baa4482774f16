// Walks one JSON document value by value, checking all of the grammar on its way: what the caller reads, and what it
// skips (RFC 8259). The fault's place and nature are not told here but by find_json_fault (json_fault.h), so that the
// walk stays fast. A string with an escape that names half a surrogate pair passes, as the grammar lets it.
// One document, one thread.
#pragma once

#include "aggregators/json_grammar.h"
#include "aggregators/json_index.h"

#include <cstdint>

namespace nearside::aggregators {

class json_reader {
public:
    void open(const buffer& document, std::uint32_t depth_limit) {
        index_.open(document);
        text_ = index_.text();
        depth_left_ = depth_limit;
    }

    const char* text() const noexcept { return text_; }
    std::uint32_t size() const noexcept { return index_.size(); }
    bool has_escapes() const noexcept { return index_.has_escapes(); }
    // Something up to here, or a little further, is not JSON: strings must not be decoded any more.
    bool fault() const noexcept { return index_.fault(); }

    // Where the next bracket, colon, comma or scalar is; size() at the end.
    std::uint32_t position() {
        more();
        return index_.positions()[index_.next];
    }
    // What stands there (json_grammar.h): a bracket, colon or comma is itself.
    std::uint8_t peek() {
        more();
        return peek_here();
    }
    // The same, `ahead` marks further on. `ahead` < json_index::lookahead, after position().
    std::uint32_t position_of(std::size_t ahead) const noexcept { return index_.positions()[index_.next + ahead]; }
    std::uint8_t peek_at(std::size_t ahead) const noexcept { return index_.kinds()[index_.next + ahead]; }
    void advance(std::size_t count = 1) noexcept { index_.next += count; }

    // Looks at more of the document, so that this many marks are known, where it has so many left.
    void know(std::size_t marks) {
        if (known_marks() < marks) index_.refill(marks);
    }
    // The marks that are known already; up to 64 more kinds may be read.
    std::size_t known_marks() const noexcept { return index_.end() - index_.next; }
    const std::uint32_t* known_positions() const noexcept { return index_.positions() + index_.next; }
    const std::uint8_t* known_kinds() const noexcept { return index_.kinds() + index_.next; }
    const index_kernel& kernel() const noexcept { return index_.kernel(); }
    // Changes when the marks before the next one are known no more.
    std::uint64_t moves() const noexcept { return index_.moves(); }

    // One past the last byte of the value just consumed.
    std::uint32_t value_end() {
        std::uint32_t end = position();
        while (is_json_space(text_[end - 1]))
            --end;
        return end;
    }

    std::uint32_t depth_left() const noexcept { return depth_left_; }
    // Takes the bracket that position() is at. False: too deep.
    bool enter() noexcept {
        if (depth_left_ == 0) return false;
        --depth_left_;
        ++index_.next;
        return true;
    }
    void leave() noexcept {
        ++depth_left_;
        ++index_.next;
    }

    // Consumes one value whole, or returns false: it is not JSON, or too deep. At least one mark is known behind it.
    bool skip_value() {
        more();
        return skip_value_here();
    }
    // The same, and peek(), where position() was called a few marks ago.
    bool skip_value_here() {
        const std::uint8_t kind = peek_here();
        if ((kind & mark::scalar) == 0) return (kind == '{' || kind == '[') && skip_container();
        if (kind == mark::word && !is_word(text_ + position_of(0))) return false;
        ++index_.next;
        return true;
    }
    std::uint8_t peek_here() const noexcept { return index_.kinds()[index_.next]; }

    // Back, or forward again, to a position() reached before, at the same depth.
    void seek(std::uint32_t position) { index_.seek(position); }

    // After the root value: nothing follows it, and nothing that was read was at fault.
    bool at_clean_end() { return position() == index_.size() && !index_.fault(); }

private:
    void more() {
        if (index_.end() - index_.next < json_index::lookahead) [[unlikely]]
            index_.refill();
    }

    bool skip_container();

    json_index index_;
    const char* text_ = nullptr;
    std::uint32_t depth_left_ = 0;
};

}  // namespace nearside::aggregators
