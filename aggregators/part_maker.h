// Composes a view part by part as its steps settle, for a run that somebody reads along with; the whole is put together
// of the parts in the end. Decides what is ready and remembers what was made; plan_driver (run_plan.cpp) acts on it.
// Owned by one run; one thread. compose_parts() is pure, and heavy for tens of MB.
#pragma once

#include "aggregators/plan.h"
#include "aggregators/plan_run.h"
#include "aggregators/step_value.h"
#include "aggregators/view_progress.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace nearside::aggregators {

struct made_parts {
    std::uint32_t group = 0;
    std::vector<body> values;  // parallel to part_group::parts; empty: it could not be composed
    std::vector<body> lines;
    std::size_t held = 0;  // body::held() of all of them
};

// `values`: as for compose().
made_parts compose_parts(const plan& what, std::uint32_t group, const std::vector<step_value>& values,
                         const view_inputs& inputs);

class part_maker {
public:
    explicit part_maker(std::shared_ptr<const plan> what);

    // A group whose steps have settled; to be composed, and told to was_made(). Each is given out once.
    std::optional<std::uint32_t> take_ready(const plan_run& run);
    // What is to be told now. A group that could not be composed tells nothing: when the run has ended, composing the
    // whole finds out what that means.
    std::vector<view_progress::part> was_made(made_parts made);

    // Groups that were given out and didn't come back.
    bool at_work() const noexcept { return at_work_ > 0; }
    // All parts in one; nullopt where some are missing, or it would be larger than `most`.
    std::optional<body> whole(std::uint64_t most) const;

private:
    const std::shared_ptr<const plan> what_;
    std::vector<bool> given_;      // by group
    std::vector<body> values_;     // by part
    std::vector<bool> has_value_;  // by part
    std::size_t held_ = 0;
    std::uint32_t at_work_ = 0;
    bool told_of_steps_ = false;
};

}  // namespace nearside::aggregators
