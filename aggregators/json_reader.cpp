#include "aggregators/json_reader.h"

namespace nearside::aggregators {

// Which kind of container encloses is known by the place in this function; `kinds` remembers the outer ones, a bit each
// (1: object). When its 64 bits are full, the rest is another call's.
bool json_reader::skip_container() {
    constexpr std::uint32_t levels = 64;
    const char* const text = text_;
    std::uint64_t kinds = 0;
    std::uint32_t level = 0;
    char c = text[*index_.next];

open:
    if (level == levels) {
        if (!skip_container()) return false;
        goto close_of_inner;
    }
    if (!enter()) return false;
    ++level;
    kinds <<= 1;
    more();
    if (c == '[') {
        if (text[*index_.next] == ']') goto close;
        goto item;
    }
    kinds |= 1;
    if (text[*index_.next] == '}') goto close;

member:
    more();
    if (text[index_.next[0]] != '"' || text[index_.next[1]] != ':') return false;
    c = text[index_.next[2]];
    index_.next += 2;
    if (c == '{' || c == '[') goto open;
    if (!scalar_is_valid(c, text + *index_.next)) return false;
    ++index_.next;

after_member:
    c = text[*index_.next];
    if (c == ',') {
        ++index_.next;
        goto member;
    }
    if (c != '}') return false;
    goto close;

item:
    more();
    c = text[*index_.next];
    if (c == '{' || c == '[') goto open;
    if (!scalar_is_valid(c, text + *index_.next)) return false;
    ++index_.next;

after_item:
    c = text[*index_.next];
    if (c == ',') {
        ++index_.next;
        goto item;
    }
    if (c != ']') return false;

close:
    leave();
    --level;
    kinds >>= 1;
    if (level == 0) return true;

close_of_inner:
    more();
    if ((kinds & 1) != 0) goto after_member;
    goto after_item;
}

}  // namespace nearside::aggregators
