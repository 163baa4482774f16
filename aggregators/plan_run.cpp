#include "aggregators/plan_run.h"

#include "aggregators/fetch_verdict.h"
#include "aggregators/plan_run_parts.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {
namespace {

url_value parameter_value(const view_inputs& inputs, const plan_parameter& parameter) {
    const auto found = inputs.find(parameter.name);
    return found == inputs.end() ? url_value{} : url_value{url_value::kind::text, found->second, true};
}

}  // namespace

plan_run::plan_run(std::shared_ptr<const plan> what, view_inputs inputs)
    : plan_(std::move(what)), inputs_(std::move(inputs)) {
    parameters_.reserve(plan_->parameters.size());
    for (const plan_parameter& parameter : plan_->parameters) {
        if (parameter.default_value) inputs_.try_emplace(parameter.name, *parameter.default_value);
        parameters_.push_back(parameter_value(inputs_, parameter));
    }
    steps_.resize(plan_->steps.size());
    unsettled_ = static_cast<std::uint32_t>(steps_.size());
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        steps_[at].unsettled_needs = static_cast<std::uint32_t>(plan_->steps[at].needs.size());
        steps_[at].report.step = plan_->steps[at].name;
    }
    finished_ = steps_.empty();
}

void plan_run::start(steady_time now) {
    began_ = now;
    for (step_index at = 0; at < steps_.size(); ++at) {
        if (steps_[at].unsettled_needs == 0) to_begin_.push_back(at);
    }
    work(now);
}

void plan_run::fetched(call_id id, result<fetch_response> outcome, steady_time now) {
    if (finished_ || id >= calls_.size() || calls_[id].phase != call_phase::fetching) return;
    if (unless_refused_) return hear(id, outcome);
    call_state& call = calls_[id];
    step_state& owner = steps_[call.owner];
    if (!call.of_list) {
        --owner.open_calls;
        advance_later(call.owner);
    }
    if (outcome.has_value()) {
        call.status = outcome->status;
        call.since = outcome->since.value_or(now);
        owner.report.bytes += outcome->wire_bytes;
        if (outcome->speculated) ++owner.report.speculated;
    }
    const std::vector<waiter> waiting = std::exchange(call.waiting, {});
    std::optional<error> refused = why_unusable(outcome, call.named);
    if (!refused) refused = why_too_much(outcome->document.size(), call.named);
    if (refused) {
        call.phase = call_phase::failed;
        call.failure = *std::move(refused);
        call.since = now;
        if (outcome.has_value()) call.fields = std::move(outcome->fields);
        for (const waiter& who : waiting) {
            if (finished_ || unless_refused_) return;
            call_failed(who, id, now);
        }
    } else {
        call.phase = call_phase::done;
        call.fields = std::move(outcome->fields);
        call.document = std::move(outcome->document);
        document_bytes_ += call.document.size();
        for (const waiter& who : waiting)
            item_done(who, id, now);
        // Pages hold their document themselves, until it is in their list.
        const bool kept =
            std::any_of(waiting.begin(), waiting.end(), [](const waiter& who) { return who.list == no_list; });
        if (!kept) {
            call.phase = call_phase::consumed;
            call.document = {};
        }
    }
    work(now);
}

void plan_run::was_read(step_index at, read_outcome outcome, steady_time now) {
    if (finished_ || unless_refused_ || steps_[at].phase != step_phase::reading) return;
    step_state& state = steps_[at];
    if (outcome.refused.empty()) {
        state.found = std::move(outcome.found);
        state.for_others = &state.found;
        end_step(at, step_phase::done, now);
    } else {
        const plan_step& step = plan_->steps[at];
        const std::optional<error> dropped = drop_documents(at, outcome.refused);
        state.phase = step_phase::running;
        if (dropped && step.each && step.optional) {
            advance_later(at);
        } else {
            error cause = dropped ? *dropped : located(step, std::nullopt, outcome.refused.front().why);
            fail_step(at, std::move(cause), {.status = state.report.upstream_status}, now);
        }
    }
    work(now);
}

std::vector<plan_action> plan_run::take_actions() {
    return std::exchange(actions_, {});
}

// Everything that an event has made possible. Two queues instead of recursion: a chain of a thousand skipped steps must
// not be a thousand frames deep.
void plan_run::work(steady_time now) {
    while (!finished_ && !unless_refused_) {
        if (!to_begin_.empty()) {
            const step_index at = to_begin_.front();
            to_begin_.pop_front();
            begin(at, now);
        } else if (!to_advance_.empty()) {
            const step_index at = to_advance_.front();
            to_advance_.pop_front();
            steps_[at].queued = false;
            advance(at, now);
        } else if (!lists_to_advance_.empty()) {
            const std::uint32_t list = lists_to_advance_.front();
            lists_to_advance_.pop_front();
            lists_[list].queued = false;
            advance_list(list, now);
        } else {
            return;
        }
    }
}

void plan_run::advance_later(step_index at) {
    if (!std::exchange(steps_[at].queued, true)) to_advance_.push_back(at);
}

void plan_run::begin(step_index at, steady_time now) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    for (const step_index needed : step.needs)
        state.wave_needed = std::max(state.wave_needed, steps_[needed].wave);
    for (const step_index needed : step.needs) {
        state.needs_proven_from = std::max(state.needs_proven_from, steps_[needed].proven_from);
        state.needs_usable_from = std::max(state.needs_usable_from, steps_[needed].usable_from);
    }
    state.wave = state.wave_needed;
    state.proven_from = state.needs_proven_from;
    state.usable_from = state.needs_usable_from;
    state.phase = step_phase::running;
    if (step.when && !step.when_of_item && !step.when->holds(values_of(step.when_sources, at, 0)))
        return end_step(at, step_phase::skipped, now);
    std::size_t count = 1;
    if (step.each) {
        state.rows = &steps_[step.each->over].for_others->fans[step.each->fan];
        if (state.rows->failure) {
            error cause = *state.rows->failure;
            cause.detail = "each `" + step.each->text + "`: " + cause.detail;
            return fail_step(at, located(step, std::nullopt, std::move(cause)), {}, now);
        }
        if (state.rows->absent) return end_step(at, step_phase::skipped, now);
        count = state.rows->items.size();
    }
    state.items.resize(count);
    advance_later(at);
}

// Starts as many items as connections take; an item that shares another step's call counts against that step. With the
// last item the step's value is there.
void plan_run::advance(step_index at, steady_time now) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    const std::uint64_t most = step.most_started();
    while (state.phase == step_phase::running && state.next_item < state.items.size() && state.open_calls < most) {
        ++state.open_items;
        start_item(at, state.next_item++, now);
    }
    if (state.phase != step_phase::running || state.open_items > 0 || state.next_item < state.items.size()) return;
    if (!step.is_read()) return end_step(at, step_phase::done, now);
    state.phase = step_phase::reading;
    plan_action& action = actions_.emplace_back();
    action.what = plan_action::kind::read;
    action.step = at;
    action.value = value(at);
}

}  // namespace nearside::aggregators
