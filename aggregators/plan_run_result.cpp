#include "aggregators/plan_run.h"
#include "aggregators/plan_run_parts.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>
#include <utility>

namespace nearside::aggregators {

const buffer& plan_run::document_of(step_index at, std::uint32_t source) const {
    const plan_step& step = plan_->steps[at];
    if (step.jq) return filters_[source].document;
    return step.pages ? lists_[source].document : calls_[source].document;
}

// The call that brought it, for messages.
std::string plan_run::name_of(step_index at, std::uint32_t source) const {
    const plan_step& step = plan_->steps[at];
    if (step.jq) source = filters_[source].source;
    return step.pages ? lists_[source].named : calls_[source].named;
}

// The calls (or lists) that a step's documents came from, each once, in the order of step_value::documents.
std::vector<std::uint32_t> plan_run::calls_of(step_index at) const {
    std::vector<std::uint32_t> calls;
    std::unordered_map<std::uint32_t, bool> seen;
    for (const item_state& item : steps_[at].items) {
        if (item.is == item_state::kind::document && seen.emplace(item.source, true).second)
            calls.push_back(item.source);
    }
    return calls;
}

bool plan_run::is_settled(step_index at) const noexcept {
    const step_phase phase = steps_[at].phase;
    return phase == step_phase::done || phase == step_phase::defaulted || phase == step_phase::skipped;
}

const header_fields* plan_run::answer_of(call_id id) const noexcept {
    const call_state& call = calls_[id];
    const bool used = call.phase == call_phase::done || call.phase == call_phase::consumed;
    return used ? &call.fields : nullptr;
}

step_value plan_run::value(step_index at) const {
    const plan_step& step = plan_->steps[at];
    const step_state& state = steps_[at];
    if (state.phase == step_phase::skipped) return step_value::null();
    if (state.phase == step_phase::defaulted) return step_value::single(step.otherwise);
    if (!step.each) return step_value::single(document_of(at, state.items.front().source));

    step_value list;
    list.list = true;
    std::unordered_map<std::uint32_t, std::uint32_t> place;
    for (const std::uint32_t call : calls_of(at)) {
        place.emplace(call, static_cast<std::uint32_t>(list.documents.size()));
        list.documents.push_back(document_of(at, call));
    }
    const auto otherwise = static_cast<std::uint32_t>(list.documents.size());
    bool some_failed = false;
    list.which.reserve(state.items.size());
    for (const item_state& item : state.items) {
        switch (item.is) {
            case item_state::kind::document:
                list.which.push_back(place.at(item.source));
                break;
            case item_state::kind::failed:
                some_failed = true;
                list.which.push_back(otherwise);
                break;
            default:
                list.which.push_back(step_value::nothing);
        }
    }
    if (some_failed) list.documents.push_back(step.otherwise);
    list.items = state.rows->items;
    return list;
}

void plan_run::refuse(step_index at, const std::vector<read_outcome::refusal>& documents, error cause) {
    assert(finished_ && !failure_);
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    const std::optional<error> dropped = drop_documents(at, documents);
    if (dropped && step.each && step.optional) return;
    cause = dropped ? *dropped : located(step, std::nullopt, std::move(cause));
    state.report.failure = cause;
    // An `else` that has no place there either would be put in for ever.
    if (step.optional && state.phase != step_phase::defaulted) {
        state.items.clear();
        state.phase = step_phase::defaulted;
        state.report.outcome = step_report::outcome::defaulted;
        return;
    }
    state.phase = step_phase::failed;
    state.report.outcome = step_report::outcome::failed;
    fail({std::move(cause), step.name, state.report.upstream_status, {}, {}});
}

std::vector<step_report> plan_run::reports() const {
    std::vector<step_report> all;
    all.reserve(steps_.size());
    for (const step_state& state : steps_)
        all.push_back(state.report);
    return all;
}

std::vector<std::string> plan_run::partial() const {
    std::vector<std::string> names;
    for (const step_state& state : steps_) {
        if (state.report.outcome == step_report::outcome::defaulted || state.report.cut)
            names.push_back(state.report.step);
    }
    return names;
}

std::uint32_t plan_run::waves() const noexcept {
    std::uint32_t deepest = 0;
    for (const call_state& call : calls_)
        deepest = std::max(deepest, call.wave);
    return deepest;
}

std::vector<header_fields> plan_run::take_upstream_fields() {
    std::vector<header_fields> all;
    for (call_state& call : calls_) {
        if (call.phase == call_phase::done || call.phase == call_phase::consumed) all.push_back(std::move(call.fields));
    }
    return all;
}

}  // namespace nearside::aggregators
