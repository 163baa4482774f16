// A shape in the form that compose() runs. Its parts:
//   element  something found by a walk: one value (capture), several (collect), how many (count), an object's members
//            (pick), or the results of a loop, each item of which has been written (loop)
//   context  where elements live and are written from: the view itself (number 0), or one item of a loop
//   walk     one way through one document for all elements of a context that can be found in it at that time
// An item of a loop is written as soon as the walk leaves it. What its text needs must be known by then, so elements
// have a time: walks `before` the item is entered, the walk that the item is found by itself (its elements are part of
// the enclosing projection), walks `after`. The compiler (shape_compiler.cpp) puts each element at the earliest time
// that has all it needs, and elements of one document at one time into one walk.
// Immutable once compiled; any thread.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/projection.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace nearside::aggregators {

using context_id = std::uint32_t;

struct shape_element {
    enum class kind : std::uint8_t { capture, collect, count, pick, loop };
    kind is = kind::capture;
    context_id home = 0;
    context_id body = none;      // of a loop: the context of its items
    std::uint32_t step = 0;      // whose document it is found in, for blame
    bool whole_list = false;     // a collect of all that an `each` step got
    bool direct = false;         // a pick that is written straight into its loop's results
    bool apart = false;          // a pick that is part of a merge
    std::uint32_t order = none;  // of a loop whose results are sorted: in program.orders
    // Of a loop: the results that are shown, after sorting.
    std::uint64_t offset = 0;
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    std::string text;  // the reference, for people
};

// The values that a loop's items are sorted by: captures of its body.
struct shape_order {
    std::vector<element_id> keys;
    std::vector<bool> descending;
};

// Objects that become one: picks.
struct shape_merge {
    std::vector<element_id> parts;
    bool of_one = false;  // of the members of one object, some renamed to what others may be called
};

struct shape_op {
    enum class kind : std::uint8_t {
        text,       // program.texts[index]
        value,      // a captured value, or null
        list,       // collected values or a loop's results, in brackets, or null
        single,     // a loop's only result, or null
        count,      // how many were counted
        members,    // `{` and the members of a pick; null, and on to op number `otherwise`, when there is no object
        merged,     // the same of program.merges[index]
        comma,      // between the members just written and what follows, when there are any
        parameter,  // program.parameters[index] as a string, or null
    };
    kind is = kind::text;
    std::uint32_t index = 0;
    std::uint32_t otherwise = 0;
};

struct shape_walk {
    enum class document : std::uint8_t {
        step,    // what the step got
        lookup,  // what the `each` step got for the context's item
        item,    // the context's item once more
    };
    document in = document::step;
    std::uint32_t step = 0;
    std::optional<selector> first;  // of an `each` step's list: which documents
    std::vector<element_id> elements;
    projection needed;
};

struct shape_context {
    std::uint32_t depth = 0;  // of loops around it
    element_id loop = none;
    std::vector<element_id> elements;  // that live here
    std::vector<shape_walk> before;
    std::vector<shape_walk> after;
    std::vector<shape_op> ops;
};

struct shape_program {
    std::vector<shape_element> elements;
    std::vector<shape_context> contexts;
    std::vector<std::string> texts;
    std::vector<std::string> new_names;  // of renamed members, as JSON with a colon
    std::vector<shape_order> orders;
    std::vector<shape_merge> merges;
    std::vector<std::string> parameters;
    std::vector<std::uint32_t> steps;
};

}  // namespace nearside::aggregators
