// The words of `out`: which of them make a mapping a shape rather than an object with members of these names, which go
// together, and what is written behind them. shape.h tells what they mean. Pure; one thread.
#pragma once

#include "config/node.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::aggregators {

// What a shape begins with.
enum class shape_head : std::uint8_t { object, literal, from, each, flatten, first, count, merge, members, broken };

// `object`: no shape, but a mapping of members. `broken`: words that don't go together; then `complaints` holds more.
shape_head read_head(const config::node& mapping, std::vector<config::complaint>& complaints);

// `sort`, `offset` and `limit`.
struct list_words {
    struct key {
        const config::node* by = nullptr;  // null: the item itself
        bool descending = false;
    };
    std::vector<key> sort;
    std::uint64_t offset = 0;
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();

    static bool any(const config::node& mapping);
};
list_words read_list_words(const config::node& mapping, std::vector<config::complaint>& complaints);

// `pick`, `omit`, `rename` and `with`.
struct member_words {
    bool omit = true;                // `names` are left out
    std::vector<std::string> names;  // as the upstream calls them
    std::vector<std::pair<std::string, std::string>> renames;
    const config::node* with = nullptr;
    // A member that is renamed may meet another one that the upstream calls so: which of them is there shows in each
    // object.
    bool may_meet = false;

    static bool any(const config::node& mapping);
};
// `with` may stand elsewhere, or be null. Names that it gives are taken out already. `ok` is false after a complaint.
member_words read_member_words(const config::node& mapping, const config::node* with,
                               std::vector<config::complaint>& complaints, bool& ok);

// Plain scalars that stand for themselves: numbers, true, false, null.
bool is_bare_literal(const config::node& value);

}  // namespace nearside::aggregators
