// What of a view can be told before the rest: one part for each top-level member of `out`, and the steps that each
// waits for. Decided at load, immutable afterwards; pure; any thread.
//
// A part waits for the steps that it shows, and thereby for all that these need. It also waits for the guards: required
// steps that nothing of `out` comes from. They are in a plan only for their refusal, so nothing is told before they
// agree.
#pragma once

#include "aggregators/shape.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace nearside::aggregators {

struct plan_step;

// Parts that show the same steps. They are composed together, so that a document is walked once for all of them.
struct part_group {
    std::vector<std::uint32_t> parts;      // in view_parts::names, ascending
    std::vector<std::uint32_t> waits_for;  // steps, ascending: those shown, and the guards
    std::shared_ptr<const shape> made_of;  // the value of the only part, or an object of several

    // Made of parameters and constants alone. It tells nothing of the upstream, so it doesn't begin an answer.
    bool shows_no_step() const noexcept { return made_of->steps().empty(); }
};

// A view of more members than this is told as a whole.
inline constexpr std::size_t most_parts = 256;

struct view_parts {
    std::vector<std::string> names;  // as JSON, in the order of `out`
    std::vector<part_group> groups;

    // `out` is no object whose members are known in advance, or has too many: the view is told as a whole.
    bool none() const noexcept { return names.empty(); }
};

// `out` has been compiled with these names already, without a complaint; `steps` are complete but for what is read of
// them.
view_parts split_into_parts(const config::node& out, const shape_names& names, std::span<const plan_step> steps);

}  // namespace nearside::aggregators
