// Which items of two versions of a list are the same one, told by a hash of what identifies them, and how the one list
// becomes the other. Pure; any thread. All of it takes n log n steps.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace nearside::aggregators {

inline constexpr std::uint32_t no_partner = std::numeric_limits<std::uint32_t>::max();

struct list_match {
    // Of each newer item, the number of the older one with the same hash, where that hash is there once in each list.
    std::vector<std::uint32_t> partner;
    // No hash was there twice in a list.
    bool unique = true;
};

list_match match_items(const std::vector<std::uint64_t>& older, const std::vector<std::uint64_t>& newer);

// Keeps the longest run of partners that stand in the same order in both lists; the others get no_partner.
void keep_order(std::vector<std::uint32_t>& partner);

// One operation on a list, which sees what the ones before it made of the list (RFC 6902 3).
struct list_step {
    enum class kind : std::uint8_t { remove, move, add };
    kind what = kind::remove;
    std::uint32_t from = 0;  // where the item is, to remove or to move it
    std::uint32_t to = 0;    // where it is when it has been moved or added
    std::uint32_t item = 0;  // the newer list's number of it, when it is added
    bool operator==(const list_step&) const = default;
};

// Makes a list of `older_count` items into one whose item number n was number partner[n] before, or is new.
// As few moves as can be: all items that kept their order among themselves stay. No partner is there twice.
std::vector<list_step> steps_between(std::uint32_t older_count, const std::vector<std::uint32_t>& partner);

}  // namespace nearside::aggregators
