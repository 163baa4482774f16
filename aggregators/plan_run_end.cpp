#include "aggregators/fetch_verdict.h"
#include "aggregators/plan_run.h"
#include "aggregators/plan_run_parts.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

namespace {

std::chrono::microseconds between(steady_time from, steady_time to) {
    return std::chrono::duration_cast<std::chrono::microseconds>(to - from);
}

}  // namespace

error located(const plan_step& step, std::optional<std::uint32_t> item, error cause) {
    std::string where = "step `" + step.name + "`";
    if (item && step.each) where += ", item " + std::to_string(*item);
    cause.detail = cause.detail.empty() ? std::move(where) : where + ": " + cause.detail;
    return cause;
}

void plan_run::fail_step(step_index at, error cause, const upstream_word& said, steady_time now) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    state.report.failure = cause;
    state.report.upstream_status = said.status;
    if (step.optional) {
        state.items.clear();
        return end_step(at, step_phase::defaulted, now);
    }
    state.phase = step_phase::failed;
    state.report.outcome = step_report::outcome::failed;
    state.report.started = between(began_, state.has_started ? state.started : now);
    state.report.took = state.has_started ? between(state.started, now) : std::chrono::microseconds{0};
    fail({std::move(cause), step.name, said.status, {}, said.fields});
}

void plan_run::end_step(step_index at, step_phase phase, steady_time now) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    state.phase = phase;
    step_report& report = state.report;
    switch (phase) {
        case step_phase::skipped:
            state.items.clear();
            report.outcome = step_report::outcome::skipped;
            state.for_others = &step.nothing_readings;
            break;
        case step_phase::defaulted:
            report.outcome = step_report::outcome::defaulted;
            state.for_others = &step.otherwise_readings;
            break;
        default:
            if (report.outcome != step_report::outcome::defaulted) report.outcome = step_report::outcome::done;
    }
    report.started = between(began_, state.has_started ? state.started : now);
    report.took = state.has_started ? between(state.started, now) : std::chrono::microseconds{0};
    for (const step_index dependent : step.needed_by) {
        if (--steps_[dependent].unsettled_needs == 0) to_begin_.push_back(dependent);
    }
    if (--unsettled_ == 0) finished_ = true;
}

// What still runs can change nothing any more: it is given up, and whoever waits for the run is told now.
void plan_run::fail(plan_failure cause) {
    if (unless_refused_) return;
    take_back_starts();
    const bool hears = hears_out_ && !takes_back(cause.upstream_status) &&
                       std::any_of(calls_.begin(), calls_.end(), [this](const call_state& call) {
                           return call.phase == call_phase::fetching && required_waiter(call) != nullptr;
                       });
    if (!hears) return finish_failed(std::move(cause));
    unless_refused_ = std::move(cause);
}

const plan_run::waiter* plan_run::required_waiter(const call_state& call) const {
    const auto is_required = [this](const waiter& who) { return !plan_->steps[who.step].optional; };
    for (const waiter& who : call.waiting) {
        if (who.list == no_list) {
            if (is_required(who)) return &who;
            continue;
        }
        const std::vector<waiter>& waiting = lists_[who.list].waiting;
        const auto found = std::find_if(waiting.begin(), waiting.end(), is_required);
        if (found != waiting.end()) return &*found;
    }
    return nullptr;
}

// Of a page behind the first, 404 says that the list has ended.
bool plan_run::revokes(const call_state& call, int status) const {
    if (!takes_back(status)) return false;
    return status != 404 || std::any_of(call.waiting.begin(), call.waiting.end(),
                                        [](const waiter& who) { return who.list == no_list || who.item == 0; });
}

void plan_run::hear(call_id id, const result<fetch_response>& outcome) {
    call_state& call = calls_[id];
    call.phase = call_phase::failed;
    const waiter* const who = required_waiter(call);
    if (who != nullptr && outcome.has_value() && revokes(call, outcome->status)) {
        const plan_step& step = plan_->steps[who->step];
        error cause = located(step, who->item, *why_unusable(outcome, call.named));
        return finish_failed({std::move(cause), step.name, outcome->status, {}, outcome->fields});
    }
    const bool more = std::any_of(calls_.begin(), calls_.end(), [this](const call_state& each) {
        return each.phase == call_phase::fetching && required_waiter(each) != nullptr;
    });
    if (!more) finish_failed(*std::move(unless_refused_));
}

// Calls that nobody has heard of need no cancelling; those that were to be cancelled still are.
void plan_run::take_back_starts() {
    std::erase_if(actions_, [this](const plan_action& action) {
        if (action.what == plan_action::kind::start) calls_[action.call].phase = call_phase::given_up;
        return action.what != plan_action::kind::cancel;
    });
}

void plan_run::finish_failed(plan_failure cause) {
    finished_ = true;
    take_back_starts();
    for (std::size_t id = 0; id < calls_.size(); ++id) {
        if (calls_[id].phase != call_phase::fetching) continue;
        calls_[id].phase = call_phase::given_up;
        plan_action& action = actions_.emplace_back();
        action.what = plan_action::kind::cancel;
        action.call = static_cast<call_id>(id);
    }
    cause.steps = reports();
    failure_ = std::move(cause);
}

void plan_run::cancel(error cause) {
    if (!finished_) finish_failed({.cause = std::move(cause)});
}

}  // namespace nearside::aggregators
