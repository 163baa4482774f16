// The second half of compiling a shape: when each element is found, and by which walk. The first half
// (shape_compiler.cpp) drafts the elements and what they depend on. One thread.
#pragma once

#include "aggregators/shape_program.h"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nearside::aggregators {

// An element as the configuration asks for it.
struct element_draft {
    shape_walk::document in = shape_walk::document::step;
    std::optional<selector> first;  // of a list: which documents
    std::vector<selector> path;     // in each document, or from the item
    bool has_base = false;          // path[base_length..] selects a list from one value
    std::size_t base_length = 0;
    bool flat = false;                                           // lists that the path selects stand for their items
    bool omit = false;                                           // of a pick
    std::vector<std::string> names;                              // likewise
    std::vector<std::pair<std::string, std::uint32_t>> renames;  // likewise: the new name's number
    std::set<element_id> needs;  // of a loop: elements outside of it that its items' text uses
    bool needed = false;         // by a loop
    std::uint32_t time = 0;      // by schedule(): 0 before the item, 1 with it, then after
};

// Fills in the walks of all contexts. False: more than need::most_picks picks of one value.
bool schedule(shape_program& program, std::vector<element_draft>& drafts);

}  // namespace nearside::aggregators
