#include "aggregators/view_parts.h"

#include "aggregators/plan.h"
#include "aggregators/shape_words.h"
#include "core/json_string.h"

#include <algorithm>
#include <map>
#include <utility>

namespace nearside::aggregators {
namespace {

using config::node;

// The mapping whose members are those of the view; null where there is none.
const node* members_of(const node& out) {
    if (out.is != node::kind::mapping) return nullptr;
    std::vector<config::complaint> complaints;
    switch (read_head(out, complaints)) {
        case shape_head::object:
            return &out;
        case shape_head::members:
            return out.find("with");
        default:
            return nullptr;
    }
}

// `with` says that the names are members, whatever words they are.
node object_of(const node& members, const std::vector<std::uint32_t>& which) {
    node object;
    object.is = node::kind::mapping;
    for (const std::uint32_t part : which)
        object.members.push_back(members.members[part]);
    node with;
    with.is = node::kind::scalar;
    with.text = "with";
    node whole;
    whole.is = node::kind::mapping;
    whole.members.push_back({std::move(with), std::move(object)});
    return whole;
}

// The required ones that nothing shown depends on.
std::vector<std::uint32_t> find_guards(std::span<const plan_step> steps) {
    std::vector<bool> shown(steps.size());
    std::vector<std::uint32_t> open;
    for (std::uint32_t at = 0; at < steps.size(); ++at) {
        if (steps[at].in_out) open.push_back(at);
    }
    while (!open.empty()) {
        const std::uint32_t at = open.back();
        open.pop_back();
        if (shown[at]) continue;
        shown[at] = true;
        open.insert(open.end(), steps[at].needs.begin(), steps[at].needs.end());
    }
    std::vector<std::uint32_t> guards;
    for (std::uint32_t at = 0; at < steps.size(); ++at) {
        if (!shown[at] && !steps[at].optional) guards.push_back(at);
    }
    return guards;
}

}  // namespace

view_parts split_into_parts(const config::node& out, const shape_names& names, std::span<const plan_step> steps) {
    const node* const members = members_of(out);
    if (members == nullptr || members->members.size() > most_parts) return {};
    view_parts parts;
    std::vector<config::complaint> complaints;
    std::map<std::vector<std::uint32_t>, part_group> by_steps;
    for (std::uint32_t part = 0; part < members->members.size(); ++part) {
        const auto& [key, value] = members->members[part];
        auto made_of = compile_shape(value, names, complaints);
        if (!made_of) return {};
        parts.names.push_back(json_string(key.text));
        part_group& group = by_steps[made_of->steps()];
        group.parts.push_back(part);
        group.made_of = std::move(made_of);
    }
    const std::vector<std::uint32_t> guards = find_guards(steps);
    for (auto& [shown, group] : by_steps) {
        if (group.parts.size() > 1) group.made_of = compile_shape(object_of(*members, group.parts), names, complaints);
        if (!group.made_of) return {};
        std::set_union(shown.begin(), shown.end(), guards.begin(), guards.end(), std::back_inserter(group.waits_for));
        parts.groups.push_back(std::move(group));
    }
    return parts;
}

}  // namespace nearside::aggregators
