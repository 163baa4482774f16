// What changed between two versions of a document, as a JSON Patch (RFC 6902): applied to the older version it gives
// exactly the newer one's value, with every number and string that changed as the newer version's bytes.
//
// Numbers are compared as they are written (1.0 and 1 differ); the order of an object's members and white space are no
// change. Items of a list are the same one where the member `item_id` of both has the same value; what has another
// place is moved, not made anew. Items without it are matched by their bytes where these are there once, and one by one
// between those. Whatever would cost more to change than to replace is replaced, from the smallest value to the whole.
//
// Cost: one pass over each document, then a walk that passes over equal values with memcmp. Two documents of 20 MB
// that differ in a few thousand numbers: under 0.2 s of one core, and memory of about twice each document while it
// runs; lists whose items have other ids or other bytes are sorted by hash, n log n. So: for a worker's thread.
// Nothing is remembered from call to call. Pure; any thread.
#pragma once

#include "core/body.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::aggregators {

struct patch_rules {
    // The member that tells which item of a list is which.
    std::string_view item_id = "id";
    // Bytes of the longest patch that is of use.
    std::size_t limit = 0;
};

// What is nested deeper than this many levels is replaced, not descended into.
inline constexpr std::uint32_t most_patched_depth = 512;

// The array of operations, "[]" where the values are equal. Nothing where it would be longer than the limit (told as
// soon as that is certain), or where one of the documents is not JSON.
std::optional<std::string> json_patch(const buffer& older, const buffer& newer, const patch_rules& rules);
// The same, with a copy of each document that is not in one piece.
std::optional<std::string> json_patch(const body& older, const body& newer, const patch_rules& rules);

}  // namespace nearside::aggregators
