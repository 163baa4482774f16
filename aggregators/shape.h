// A view's `out`, understood: every reference resolved to a step, a parameter or a loop, every fault told with its
// place. Compiled once at load, immutable, shared by any thread; compose.h runs it.
//
// How `out` is read:
//   owner: owner                       a string is a reference: a bare step name is its whole value
//   name: project.owner.name           a path that selects nothing gives null
//   ids: "jobs[*].id"                  a path that may select several gives an array of them
//   version: 3                         numbers, true, false and null stand for themselves
//   title: {literal: "Board"}          any other constant, strings above all
//   page: {name: .., jobs: ..}         a mapping is an object, a sequence an array
//   {from: project, pick: [id, name]}  members of an object, in the upstream's order; those it lacks are left out.
//                                      `omit` the other way round. A null stays null; another type is wrong_type
//   rename: {old: new}                 beside them: other names, in place. An upstream's own member `new` gives way
//   {each: "jobs[*]", as: job, ..}     an array with one item for each node selected; null when the list is null
//   {flatten: "projects[*].jobs", ..}  the same, where a selected array stands for its items
//   sort: {by: path, order: desc}      beside them; `sort: path`, or a list of such. By exact value: false, true,
//                                      numbers, strings by code points, arrays and objects alike; null and missing
//                                      last either way. `by` is a path of the item, or a reference that starts with
//                                      its name or looks it up: "metrics[job].n"
//   offset: 20, limit: 10              of the list, after sorting
//   {first: "jobs[*]", ..}             the first item, shaped like an item of `each`, or null
//   {count: "jobs[*]"}                 how many; 0 for a list that is null or missing
//   {merge: [project, owner], ..}      one object of the members of several; the later one's value at the first one's
//                                      place. Nulls count as empty; null when none is an object
//   with: {metrics: "metrics[job]"}    members added after the upstream's, replacing those of the same name. Without
//                                      `pick` or `omit` all members are kept. `with` alone is an object of its own:
//                                      the way to write members called `from`, `each`, `pick`, ..
// `first`, `count` and `flatten` are words only where all keys beside them are words of theirs, so that an object may
// have members called so. An object's repeated names are kept by pick and omit as the upstream wrote them; references
// read the last one.
#pragma once

#include "config/node.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nearside::aggregators {

// The names that `out` may use.
struct shape_names {
    struct step {
        std::string name;
        bool list = false;      // an `each` step
        std::string each_root;  // of a list: the first name of its `each` reference
        bool faulty = false;    // complained about already: what leads to it is neither good nor wrong
    };
    std::vector<step> steps;  // numbered in this order
    std::vector<std::string> parameters;
    bool all_steps = true;       // false: none could be read
    bool all_parameters = true;  // false: there may be more, which couldn't be read
};

struct shape_program;  // shape_program.h: what compose runs

class shape {
public:
    explicit shape(std::shared_ptr<const shape_program> program);

    // The steps whose values it reads, ascending: composing waits for these alone.
    const std::vector<std::uint32_t>& steps() const noexcept { return steps_; }
    const shape_program& program() const noexcept { return *program_; }

private:
    std::shared_ptr<const shape_program> program_;
    std::vector<std::uint32_t> steps_;
};

// Null when something is wrong; `complaints` then holds at least one more, or had told already (`faulty`).
std::shared_ptr<const shape> compile_shape(const config::node& out, const shape_names& names,
                                           std::vector<config::complaint>& complaints);

// The `out` of a view without one: a member for each step.
config::node whole_steps(const shape_names& names);
std::shared_ptr<const shape> whole_steps_shape(const shape_names& names);

// A configuration node as JSON, for `literal` and a step's `else`: plain scalars that are JSON numbers, true, false or
// null (also ~) stand for themselves, all others and quoted ones are strings.
std::string literal_json(const config::node& literal);

}  // namespace nearside::aggregators
