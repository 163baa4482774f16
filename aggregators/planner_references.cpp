#include "aggregators/planner_parts.h"
#include "config/complain.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

using config::quote;

std::optional<url_source> planner::resolve(step_index at, const reference& found, const config::position& place) {
    const config::step_settings& step = view_.steps[at];
    if (const auto owner = item_owner(at, found.root)) return resolve_item(*owner, found, place);
    if (step.each && found.root == step.as.value) return std::nullopt;  // told already
    const auto to = steps_.find(found.root);
    const auto parameter = parameters_.find(found.root);
    if (to != steps_.end()) {
        // Told already: it means two things, or one that could not be read.
        if (parameter != parameters_.end() || view_.steps[to->second].faulty) return std::nullopt;
        return resolve_step(at, to->second, found, place);
    }
    if (parameter == parameters_.end()) {
        complain_unknown(at, found, place);
        return std::nullopt;
    }
    return resolve_parameter(at, parameter->second, found, place);
}

std::optional<url_source> planner::resolve_parameter(step_index at, std::uint32_t number, const reference& found,
                                                     const config::position& place) {
    if (found.loop || !found.path.selectors.empty()) {
        complain(place, quote(found.root) + " is a parameter, one value without parts",
                 "write " + quote("{" + found.root + "}"));
        return std::nullopt;
    }
    if (!check_claim(at, number, place)) return std::nullopt;
    return url_source{url_source::kind::parameter, 0, number};
}

// Nobody checks a token's signature here: it may say what it likes of its user, as long as the upstream sees it.
bool planner::check_claim(step_index at, std::uint32_t parameter, const config::position& place) {
    const config::upstream_settings* const upstream = all_.upstream_of(view_, view_.steps[at]);
    if (!plan_.parameters[parameter].is_claim || upstream == nullptr) return true;
    if (std::find(upstream->forward.begin(), upstream->forward.end(), "authorization") != upstream->forward.end())
        return true;
    complain(place,
             quote(plan_.parameters[parameter].name) + " is a claim that nobody has checked, and upstream " +
                 quote(upstream->name) + " does not get the token to check it",
             "let the upstream forward `authorization`, or take the value from elsewhere");
    return false;
}

std::optional<step_index> planner::item_owner(step_index at, std::string_view name) const {
    for (std::size_t levels = 0; levels <= plan_.steps.size() && plan_.steps[at].each; ++levels) {
        if (plan_.steps[at].each->as == name) return at;
        at = plan_.steps[at].each->over;
    }
    return std::nullopt;
}

std::optional<url_source> planner::resolve_item(step_index owner, const reference& found,
                                                const config::position& place) {
    if (found.loop || !found.path.definite()) {
        complain(place, quote(found.to_string()) + " may select many values, where one is wanted",
                 "refer to one value of the item, as in " + quote("{" + found.root + ".id}"));
        return std::nullopt;
    }
    const plan_each& each = *plan_.steps[owner].each;
    std::vector<json_path>& columns = plan_.steps[each.over].fans[each.fan].columns;
    const auto known = std::find(columns.begin(), columns.end(), found.path);
    const auto column = static_cast<std::uint32_t>(known - columns.begin());
    if (known == columns.end()) columns.push_back(found.path);
    return url_source{url_source::kind::item, owner, column, 0, owner};
}

std::optional<url_source> planner::resolve_step(step_index at, step_index to, const reference& found,
                                                const config::position& place) {
    const config::step_settings& target = view_.steps[to];
    if (found.loop) return resolve_sibling(at, to, found, place);
    if (target.each) {
        const bool picks_one =
            !found.path.selectors.empty() && std::holds_alternative<index_selector>(found.path.selectors.front());
        if (!picks_one) {
            complain(place, quote(target.name) + " is the list of results of its `each`, where one value is wanted",
                     "fan out over it with `each: \"" + target.name + "[*]\"`, or pick one result, as in " +
                         quote(target.name + "[0].id"));
            return std::nullopt;
        }
    }
    if (!found.path.definite()) {
        complain(place, quote(found.to_string()) + " may select many values, where one is wanted",
                 "fan out with `each:` and `as:`, and refer to the item");
        return std::nullopt;
    }
    need(at, to, place);
    return url_source{url_source::kind::step, to, value_index(to, found.path)};
}

std::optional<url_source> planner::resolve_sibling(step_index at, step_index to, const reference& found,
                                                   const config::position& place) {
    const config::step_settings& step = view_.steps[at];
    const config::step_settings& target = view_.steps[to];
    if (!target.each) {
        complain(place, quote(target.name) + " has no `each`, so it holds no result for " + quote(*found.loop),
                 "write " + quote("{" + target.name + ".id}") + ", with the member that is meant");
        return std::nullopt;
    }
    const auto owner = item_owner(at, *found.loop);
    if (!owner) {
        complain(
            place, quote(*found.loop) + " is no item of step " + quote(step.name),
            "give this step " + quote("each: \"" + target.each->value + "\"") + " and " + quote("as: " + *found.loop));
        return std::nullopt;
    }
    if (!selections_[*owner] || !selections_[to]) return std::nullopt;  // told already
    if (selections_[*owner] != selections_[to]) {
        complain(place,
                 quote(target.name) + " goes over " + quote(target.each->value) + ", " +
                     (*owner == at ? "this step" : quote(view_.steps[*owner].name)) + " over " +
                     quote(view_.steps[*owner].each->value) + ": there is no result for each item",
                 "let both go over the same items");
        return std::nullopt;
    }
    if (!found.path.definite()) {
        complain(place, quote(found.to_string()) + " may select many values, where one is wanted",
                 "refer to one value of the result");
        return std::nullopt;
    }
    need(at, to, place);
    json_path all_results;
    all_results.selectors.emplace_back(wildcard_selector{});
    std::vector<fan_read>& fans = plan_.steps[to].fans;
    const auto is_ours = [&](const fan_read& fan) { return fan.reader == at && fan.path == all_results; };
    auto fan = std::find_if(fans.begin(), fans.end(), is_ours);
    if (fan == fans.end()) fan = fans.insert(fans.end(), {at, all_results, {}, plan_.steps[to].each->max});
    fan->columns.push_back(found.path);
    return url_source{url_source::kind::sibling, to, static_cast<std::uint32_t>(fan->columns.size() - 1),
                      static_cast<std::uint32_t>(fan - fans.begin()), *owner};
}

void planner::complain_unknown(step_index at, const reference& found, const config::position& place) {
    // It may be a parameter that couldn't be read, which has been told.
    if (!view_.inputs_known && !found.loop && found.path.selectors.empty()) return;
    for (const config::step_settings& other : view_.steps) {
        if (!other.each || other.as.value != found.root) continue;
        return complain(place, quote(found.root) + " is the item of step " + quote(other.name) + ", unknown outside it",
                        "give this step an `each` of its own, or refer to a step");
    }
    std::vector<std::string_view> known;
    for (const plan_parameter& parameter : plan_.parameters)
        known.push_back(parameter.name);
    for (const config::step_settings& step : view_.steps) {
        if (step.name != view_.steps[at].name) known.push_back(step.name);
    }
    if (view_.steps[at].each && !view_.steps[at].as.value.empty()) known.push_back(view_.steps[at].as.value);
    complain(place, "nothing here is called " + quote(found.root), config::suggest_name(found.root, known));
}

void planner::need(step_index at, step_index what, const config::position& place) {
    needs_[at].try_emplace(what, place);
}

std::uint32_t planner::value_index(step_index of, const json_path& path) {
    std::vector<json_path>& values = plan_.steps[of].values;
    const auto [known, added] = values_.try_emplace({of, path.to_string()}, static_cast<std::uint32_t>(values.size()));
    if (added) values.push_back(path);
    return known->second;
}

}  // namespace nearside::aggregators
