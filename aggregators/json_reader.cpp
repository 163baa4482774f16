#include "aggregators/json_reader.h"

namespace nearside::aggregators {

// Which kind of container encloses is known by the place in this function; `kinds` remembers the outer ones, a bit each
// (1: object). When its 64 bits are full, the rest is another call's.
bool json_reader::skip_container() {
    constexpr std::uint32_t levels = 64;
    const char* const text = text_;
    std::uint64_t kinds = 0;
    std::uint32_t level = 0;
    // The next positions, in a register; index_.next follows where others look at it.
    const std::uint32_t* next = index_.next;
    const auto more_positions = [&] {
        if (static_cast<std::size_t>(index_.end() - next) < json_index::lookahead) [[unlikely]] {
            index_.next = next;
            index_.refill();
            next = index_.next;
        }
    };
    char c = text[*next];
    value_class kind = value_class::none;

open:
    if (level == levels) {
        index_.next = next;
        if (!skip_container()) return false;
        next = index_.next;
        more_positions();
        goto behind_value;
    }
    if (depth_left_ == 0) return false;
    --depth_left_;
    ++next;
    ++level;
    kinds <<= 1;
    more_positions();
    if (c == '[') {
        if (text[*next] == ']') goto close;
        goto item;
    }
    kinds |= 1;
    if (text[*next] == '}') goto close;

member:
    more_positions();
    if (text[next[0]] != '"' || text[next[1]] != ':') return false;
    next += 2;
    c = text[*next];
    kind = class_of(c);
    if (kind != value_class::checked) {
        if (kind == value_class::container) goto open;
        if (kind == value_class::none || !is_word(text + *next)) return false;
    }
    ++next;

behind_member:
    c = text[*next];
    if (c == ',') {
        ++next;
        goto member;
    }
    if (c != '}') return false;
    goto close;

item:
    more_positions();
    c = text[*next];
    kind = class_of(c);
    if (kind != value_class::checked) {
        if (kind == value_class::container) goto open;
        if (kind == value_class::none || !is_word(text + *next)) return false;
    }
    ++next;

behind_item:
    c = text[*next];
    if (c == ',') {
        ++next;
        goto item;
    }
    if (c != ']') return false;

close:
    ++next;
    ++depth_left_;
    --level;
    kinds >>= 1;
    more_positions();
    if (level == 0) {
        index_.next = next;
        return true;
    }

behind_value:
    if ((kinds & 1) != 0) goto behind_member;
    goto behind_item;
}

}  // namespace nearside::aggregators
