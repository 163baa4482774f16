#include "aggregators/part_maker.h"

#include "aggregators/compose.h"
#include "aggregators/part_lines.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

made_parts compose_parts(const plan& what, std::uint32_t number, const std::vector<step_value>& values,
                         const view_inputs& inputs) {
    made_parts done{.group = number};
    const part_group& group = what.parts.groups[number];
    compose_result made = compose(*group.made_of, values, inputs, {what.limits.json_depth, what.limits.view_bytes});
    if (!made) return done;
    done.held = made->held();
    if (group.parts.size() == 1) {
        done.values.push_back(*std::move(made));
    } else {
        done.values = split_members(*made);
    }
    for (std::size_t at = 0; at < group.parts.size(); ++at)
        done.lines.push_back(part_line(what.parts.names[group.parts[at]], done.values[at]));
    return done;
}

part_maker::part_maker(std::shared_ptr<const plan> what)
    : what_(std::move(what)),
      given_(what_->parts.groups.size()),
      values_(what_->parts.names.size()),
      has_value_(what_->parts.names.size()) {}

std::optional<std::uint32_t> part_maker::take_ready(const plan_run& run) {
    for (std::uint32_t number = 0; number < given_.size(); ++number) {
        if (given_[number]) continue;
        const part_group& group = what_->parts.groups[number];
        if (group.shows_no_step() && !told_of_steps_ && given_.size() > 1) continue;
        const bool settled = std::all_of(group.waits_for.begin(), group.waits_for.end(),
                                         [&](step_index step) { return run.is_settled(step); });
        if (!settled) continue;
        given_[number] = true;
        ++at_work_;
        return number;
    }
    return std::nullopt;
}

std::vector<view_progress::part> part_maker::was_made(made_parts made) {
    --at_work_;
    std::vector<view_progress::part> told;
    if (made.values.empty()) return told;
    const part_group& group = what_->parts.groups[made.group];
    told_of_steps_ |= !group.shows_no_step();
    held_ += made.held;
    for (std::size_t at = 0; at < group.parts.size(); ++at) {
        const std::uint32_t part = group.parts[at];
        values_[part] = std::move(made.values[at]);
        has_value_[part] = true;
        told.push_back({part, std::move(made.lines[at])});
    }
    return told;
}

std::optional<body> part_maker::whole(std::uint64_t most) const {
    if (std::find(has_value_.begin(), has_value_.end(), false) != has_value_.end()) return std::nullopt;
    std::vector<slice> slices;
    std::uint64_t size = 1;
    for (std::size_t part = 0; part < values_.size(); ++part) {
        auto begin = std::make_shared<const std::string>((part == 0 ? "{" : ",") + what_->parts.names[part] + ":");
        const std::string_view name = *begin;
        size += name.size() + values_[part].size();
        slices.push_back({std::move(begin), name});
        slices.insert(slices.end(), values_[part].slices().begin(), values_[part].slices().end());
    }
    if (size > most) return std::nullopt;
    slices.push_back({nullptr, "}"});
    return body(std::move(slices), held_);
}

}  // namespace nearside::aggregators
