// `merge`: one object out of the members of several, each as the upstream wrote it. Where two have a name, the later
// one's value counts, at the place of the first, as in JavaScript's {...a, ...b}. Pure; any thread.
#pragma once

#include "aggregators/rope.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace nearside::aggregators {

// A member found in a document.
struct found_member {
    const buffer* document = nullptr;
    std::uint32_t begin = 0;  // of the name; of the value where the member is renamed
    std::uint32_t end = 0;
    const std::string* new_name = nullptr;  // of a renamed one, as JSON with a colon
    std::uint32_t object = 0;               // of those that a part holds, which one's
};

// Writes them without braces, divided by commas; the number written. Of one object, a member that is called what
// another one is renamed to gives way to that one.
std::size_t write_merged(std::span<const std::span<const found_member>> parts, rope& out);
// The same of one object's, where what is repeated stays so.
std::size_t write_renamed(std::span<const found_member> members, rope& out);

}  // namespace nearside::aggregators
