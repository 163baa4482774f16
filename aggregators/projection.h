// All that is needed of one document, as a tree that is walked along with it: which members to enter, and what to tell
// a sink about the values found there. Many paths, picks and loops over the same document share one tree, hence one
// walk. Built once (at load, or for one selection), then immutable: any thread may walk by it, each with its own
// projector.
#pragma once

#include "aggregators/json_path.h"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearside::aggregators {

inline constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// Numbers of what a sink is told about; what they mean is the sink's affair.
using element_id = std::uint32_t;

// One value of the document that matters, reached by the selectors on the way from the root.
struct need {
    // Which pick of a value includes or leaves out a member; a bit each.
    using pick_set = std::uint64_t;
    static constexpr std::size_t most_picks = 64;

    struct key {
        std::string name;
        std::uint32_t child = none;
        pick_set named_by = 0;
        // Which picks give the member another name, and the numbers of these names.
        pick_set renamed_by = 0;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> new_names;  // by number of the pick
        // By seal(): nonzero when walking the child twice would show, so that a repeated name needs care. Its own bit
        // for each such key; all ones when there are more of them than bits.
        std::uint64_t care = 0;
    };
    struct filter {
        filter_selector test;
        std::uint32_t child = none;
    };
    struct pick {
        element_id id = none;
        bool omit = false;   // the named members are left out, instead of kept
        bool apart = false;  // told member by member, also where several stand side by side
    };

    std::vector<key> keys;
    std::vector<std::pair<std::int64_t, std::uint32_t>> indexes;
    std::vector<filter> filters;
    std::uint32_t wildcard = none;
    std::uint32_t flat = none;  // of an array each item, of anything else the value itself

    std::vector<element_id> captures;  // told where this value is; what is told later replaces what was told
    std::vector<element_id> collects;  // told where this value is, as one of several
    std::vector<element_id> bases;     // told of what type it is: a list is selected from it
    std::vector<element_id> loops;     // told when it begins and ends
    std::vector<pick> picks;           // told about its members

    // By seal(): which bytes the keys begin with, as they stand behind the opening quote, to refuse most others with
    // one test; a hash table of key numbers where they are many; what is told about below its keys.
    std::array<std::uint64_t, 4> first_bytes{};
    std::vector<std::uint16_t> key_table;
    std::vector<element_id> captures_below, lists_below;

    bool only_captured() const noexcept {
        return !enters() && flat == none && collects.empty() && bases.empty() && loops.empty() && picks.empty();
    }
    bool enters() const noexcept { return !keys.empty() || !indexes.empty() || !filters.empty() || wildcard != none; }
    // Whether some key might begin so. A backslash might stand for anything.
    bool may_begin(char first) const noexcept {
        const auto byte = static_cast<unsigned char>(first);
        return (first_bytes[byte >> 6] >> (byte & 63) & 1) != 0;
    }
    // The number of the key called `name`, or none. `hint`: try this one first.
    std::uint32_t find_key(std::string_view name, std::uint32_t hint) const noexcept {
        return hint < keys.size() && keys[hint].name == name ? hint : search_key(name);
    }
    std::uint32_t search_key(std::string_view name) const noexcept;
};

class projection {
public:
    static constexpr std::uint32_t root = 0;

    projection() : needs_(1) {}

    need& at(std::uint32_t number) noexcept { return needs_[number]; }
    const need& operator[](std::uint32_t number) const noexcept { return needs_[number]; }

    // The need that `path` leads to from `from`, made where it isn't there yet.
    std::uint32_t reach(std::uint32_t from, std::span<const selector> path);
    // The need of a list's items, where the value at `from` is a list, and of the value itself where it is not.
    std::uint32_t reach_flat(std::uint32_t from);
    // Lets a pick of the value at `from` include (or leave out) the members called so, and rename others. At most
    // need::most_picks a value.
    void add_pick(std::uint32_t from, need::pick what, const std::vector<std::string>& names,
                  const std::vector<std::pair<std::string, std::uint32_t>>& renames);
    // After the last change, before the first walk.
    void seal();

private:
    std::uint32_t make() {
        needs_.emplace_back();
        return static_cast<std::uint32_t>(needs_.size() - 1);
    }
    need::key& key_of(std::uint32_t from, const std::string& name);
    void gather(std::uint32_t from, need& into) const;

    std::vector<need> needs_;
};

}  // namespace nearside::aggregators
