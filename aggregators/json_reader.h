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

    // Consumes one value whole, or returns false: it is not JSON, or too deep. At least one mark is known behind it.
    bool skip_value() {
        more();
        return skip_value_here();
    }
    // The same, and peek(), where position() was called a few marks ago.
    bool skip_value_here() {
        const std::uint32_t at = *index_.next;
        const value_class kind = class_of(text_[at]);
        if (kind != value_class::checked) {
            if (kind == value_class::container) return skip_container();
            if (kind == value_class::none || !is_word(text_ + at)) return false;
        }
        ++index_.next;
        return true;
    }
    char peek_here() const noexcept { return text_[*index_.next]; }

    // Back, or forward again, to a position() reached before, at the same depth.
    void seek(std::uint32_t position) { index_.seek(position); }

    // After the root value: nothing follows it, and nothing that was read was at fault.
    bool at_clean_end() { return position() == index_.size() && !index_.fault(); }

private:
    void more() {
        if (static_cast<std::size_t>(index_.end() - index_.next) < json_index::lookahead) [[unlikely]]
            index_.refill();
    }

    static value_class class_of(char first) noexcept { return value_classes[static_cast<unsigned char>(first)]; }

    bool skip_container();

    json_index index_;
    const char* text_ = nullptr;
    std::uint32_t depth_left_ = 0;
};

}  // namespace nearside::aggregators
