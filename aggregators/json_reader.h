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
        return *index_.next;
    }
    // The byte there; '\0' at the end.
    char peek() { return text_[position()]; }
    // The byte `ahead` marks further on; '\0' at the end. `ahead` < json_index::lookahead, after position().
    std::uint32_t position_of(std::size_t ahead) const noexcept { return index_.next[ahead]; }
    char peek_at(std::size_t ahead) const noexcept { return text_[index_.next[ahead]]; }
    void advance(std::size_t count = 1) noexcept { index_.next += count; }

    // One past the last byte of the value just consumed.
    std::uint32_t value_end() {
        std::uint32_t end = position();
        while (is_json_space(text_[end - 1]))
            --end;
        return end;
    }

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

    // Consumes one value whole, or returns false: it is not JSON, or too deep.
    bool skip_value() {
        const char first = peek();
        if (first == '{' || first == '[') return skip_container();
        if (!scalar_is_valid(first, text_ + *index_.next)) return false;
        ++index_.next;
        return true;
    }

    // Back, or forward again, to a position() reached before, at the same depth.
    void seek(std::uint32_t position) { index_.seek(position); }

    // After the root value: nothing follows it, and nothing that was read was at fault.
    bool at_clean_end() { return position() == index_.size() && !index_.fault(); }

private:
    void more() {
        if (static_cast<std::size_t>(index_.end() - index_.next) < json_index::lookahead) [[unlikely]]
            index_.refill();
    }

    static bool scalar_is_valid(char first, const char* at) noexcept {
        switch (first) {
            case '"':
                return true;  // the index has seen to it
            case '-':
            case '0':
            case '1':
            case '2':
            case '3':
            case '4':
            case '5':
            case '6':
            case '7':
            case '8':
            case '9':
                return is_number(at);
            case 't':
                return is_true(at);
            case 'f':
                return is_false(at);
            case 'n':
                return is_null(at);
            default:
                return false;
        }
    }

    bool skip_container();

    json_index index_;
    const char* text_ = nullptr;
    std::uint32_t depth_left_ = 0;
};

}  // namespace nearside::aggregators
