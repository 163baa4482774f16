#include "aggregators/json_reader.h"

namespace nearside::aggregators {

// Which kind of container encloses is known by the place in this function; `containers` remembers the outer ones, a bit
// each (1: object). When its 64 bits are full, the rest is another call's.
bool json_reader::skip_container() {
    constexpr std::uint32_t levels = 64;
    const char* const text = text_;
    const std::uint32_t* const positions = index_.positions();
    const std::uint8_t* const kinds = index_.kinds();
    std::uint64_t containers = 0;
    std::uint32_t level = 0;
    // The next mark, in a register; index_.next follows where others look at it.
    std::size_t next = index_.next;
    const auto more_marks = [&] {
        if (index_.end() - next < json_index::lookahead) [[unlikely]] {
            index_.next = next;
            index_.refill();
            next = index_.next;
        }
    };
    std::uint8_t kind = kinds[next];

open:
    if (level == levels) {
        index_.next = next;
        if (!skip_container()) return false;
        next = index_.next;
        more_marks();
        goto behind_value;
    }
    if (depth_left_ == 0) return false;
    --depth_left_;
    ++next;
    ++level;
    containers <<= 1;
    more_marks();
    if (kind == '[') {
        if (kinds[next] == ']') goto close;
        goto item;
    }
    containers |= 1;
    if (kinds[next] == '}') goto close;

member:
    more_marks();
    if (kinds[next] != mark::string || kinds[next + 1] != ':') return false;
    next += 2;
    kind = kinds[next];
    if ((kind & mark::scalar) == 0) {
        if (kind == '{' || kind == '[') goto open;
        return false;
    }
    if (kind == mark::word && !is_word(text + positions[next])) return false;
    ++next;

behind_member:
    kind = kinds[next];
    if (kind == ',') {
        ++next;
        goto member;
    }
    if (kind != '}') return false;
    goto close;

item:
    more_marks();
    kind = kinds[next];
    if ((kind & mark::scalar) == 0) {
        if (kind == '{' || kind == '[') goto open;
        return false;
    }
    if (kind == mark::word && !is_word(text + positions[next])) return false;
    ++next;

behind_item:
    kind = kinds[next];
    if (kind == ',') {
        ++next;
        goto item;
    }
    if (kind != ']') return false;

close:
    ++next;
    ++depth_left_;
    --level;
    containers >>= 1;
    more_marks();
    if (level == 0) {
        index_.next = next;
        return true;
    }

behind_value:
    if ((containers & 1) != 0) goto behind_member;
    goto behind_item;
}

}  // namespace nearside::aggregators
