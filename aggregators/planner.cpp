#include "aggregators/planner.h"

#include "aggregators/plan_cycles.h"
#include "aggregators/planner_parts.h"
#include "config/complain.h"
#include "config/url_path.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace nearside::aggregators {

using config::quote;

std::shared_ptr<const plan> planner::make() {
    plan_.name = view_.name;
    plan_.path = view_.path.value;
    plan_.limits = all_.limits;
    name_parameters();
    name_steps();
    plan_.steps.resize(view_.steps.size());
    selections_.resize(view_.steps.size());
    needs_.resize(view_.steps.size());
    for (step_index at = 0; at < plan_.steps.size(); ++at)
        copy_step(at);
    for (step_index at = 0; at < plan_.steps.size(); ++at)
        plan_each_of(at);
    for (step_index at = 0; at < plan_.steps.size(); ++at) {
        if (view_.steps[at].faulty) continue;
        plan_url_of(at);
        plan_pages_of(at);
        plan_when_of(at);
        plan_body_of(at);
        plan_jq_of(at);
    }
    order();
    const auto is_faulty = [](const config::step_settings& step) { return step.faulty; };
    const bool faulty = std::any_of(view_.steps.begin(), view_.steps.end(), is_faulty);
    compile_out();
    if (faulty || view_.faulty) return nullptr;
    const auto has_upstream = [](const plan_step& step) { return !step.upstream.empty(); };
    if (!std::all_of(plan_.steps.begin(), plan_.steps.end(), has_upstream)) return nullptr;
    if (complaints_.size() > had_ || !plan_.out) return nullptr;
    read_otherwise();
    if (complaints_.size() > had_) return nullptr;
    return std::make_shared<const plan>(std::move(plan_));
}

void planner::name_parameters() {
    const std::string_view path = view_.path.value;
    for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        const std::size_t close = path.find('}', open);
        if (close == std::string_view::npos) break;
        plan_.parameters.push_back({std::string(path.substr(open + 1, close - open - 1)), true, std::nullopt});
    }
    for (const auto& query : view_.query)
        plan_.parameters.push_back({query.name, false, query.default_value});
    for (const auto& header : view_.headers)
        plan_.parameters.push_back({header.name, false, header.default_value});
    for (const auto& claim : view_.claims) {
        plan_.parameters.push_back({claim.name, false, claim.default_value, true});
        const auto way = parse_json_path(claim.source);
        if (!way || !way->definite())
            complain(claim.at, "claim " + quote(claim.name) + " is not the way to one value of a token",
                     "write it in names and indexes, as in `sub`");
    }
    for (std::uint32_t at = 0; at < plan_.parameters.size(); ++at)
        parameters_.emplace(plan_.parameters[at].name, at);
}

void planner::name_steps() {
    for (step_index at = 0; at < view_.steps.size(); ++at) {
        const config::step_settings& step = view_.steps[at];
        if (parameters_.contains(step.name))
            complain(step.at, "step " + quote(step.name) + " has the name of a parameter of the view",
                     "give one of them another name, so that a reference means one thing");
        if (!steps_.emplace(step.name, at).second)
            complain(step.at, "a second step is called " + quote(step.name), "give it another name");
    }
}

void planner::order() {
    std::vector<std::vector<step_index>> needs(plan_.steps.size());
    for (step_index at = 0; at < needs.size(); ++at) {
        for (const auto& [what, place] : needs_[at]) {
            needs[at].push_back(what);
            plan_.steps[what].needed_by.push_back(at);
        }
        plan_.steps[at].needs = needs[at];
    }
    graph_order ordered = order_steps(needs);
    plan_.order = std::move(ordered.order);
    for (const std::vector<step_index>& cycle : ordered.cycles) {
        std::string names;
        for (const step_index step : cycle)
            names += plan_.steps[step].name + " -> ";
        names += plan_.steps[cycle.front()].name;
        const step_index next = cycle.size() > 1 ? cycle[1] : cycle[0];
        complain(needs_[cycle.front()].at(next), "steps that wait for each other: " + names,
                 "take one of these references out");
    }
}

shape_names planner::names_for_shapes() const {
    shape_names names;
    for (step_index at = 0; at < plan_.steps.size(); ++at) {
        const config::step_settings& step = view_.steps[at];
        const bool list = step.each.has_value();
        std::string root;
        if (list) {
            const auto found = parse_reference(step.each->value);
            if (found) root = found->root;
        }
        names.steps.push_back({step.name, list, std::move(root), step.faulty});
    }
    names.all_steps = !view_.faulty || !view_.steps.empty();
    names.all_parameters = view_.inputs_known;
    for (const plan_parameter& parameter : plan_.parameters)
        names.parameters.push_back(parameter.name);
    return names;
}

void planner::compile_out() {
    const shape_names names = names_for_shapes();
    if (view_.jq) plan_.jq = compile_jq(*view_.jq, complaints_);
    const config::node out = view_.out ? *view_.out : whole_steps(names);
    if (view_.out) {
        plan_.out = compile_shape(out, names, complaints_);
    } else {
        // Nobody wrote it: where it has a fault, a step's name is to blame, and the loader has told that.
        plan_.out = whole_steps_shape(names);
        const auto unnameable = [](const config::step_settings& step) { return !config::is_identifier(step.name); };
        const auto culprit = std::find_if(view_.steps.begin(), view_.steps.end(), unnameable);
        if (!plan_.out && complaints_.empty() && culprit != view_.steps.end())
            complain(culprit->at, quote(culprit->name) + " is a name that no reference can use",
                     "use letters, digits, `_` and `-`");
    }
    plan_.tags = compile_view_tags(view_.tags, names, complaints_);
    if (!plan_.out) return;
    for (const step_index step : plan_.out->steps())
        plan_.steps[step].in_out = true;
    if (!plan_.jq) plan_.parts = split_into_parts(out, names, plan_.steps);
    for (const step_index step : plan_.tags.steps())
        plan_.steps[step].in_out = true;
}

void planner::read_otherwise() {
    for (step_index at = 0; at < plan_.steps.size(); ++at) {
        plan_step& step = plan_.steps[at];
        step.selected = selection(step.values);
        step.nothing_readings = read_nothing(step);
        read_outcome outcome = read_value(step, step_value::single(step.otherwise), plan_.limits.json_depth);
        step.otherwise_readings = std::move(outcome.found);
        if (outcome.refused.empty()) continue;
        complain(view_.steps[at].otherwise->at,
                 "`else` of step " + quote(step.name) + ": " + outcome.refused[0].why.detail,
                 "give it a simpler value");
    }
}

std::shared_ptr<const plan> make_plan(const config::view_settings& view, const config::settings& all,
                                      std::vector<config::complaint>& complaints) {
    return planner(view, all, complaints).make();
}

}  // namespace nearside::aggregators
