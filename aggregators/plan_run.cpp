#include "aggregators/plan_run.h"

#include "aggregators/fetch_verdict.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace nearside::aggregators {
namespace {

std::chrono::microseconds between(steady_time from, steady_time to) {
    return std::chrono::duration_cast<std::chrono::microseconds>(to - from);
}

// For people: which step, and which item of it.
error located(const plan_step& step, std::optional<std::uint32_t> item, error cause) {
    std::string where = "step `" + step.name + "`";
    if (item && step.each) where += ", item " + std::to_string(*item);
    cause.detail = cause.detail.empty() ? std::move(where) : where + ": " + cause.detail;
    return cause;
}

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
    --owner.open_calls;
    advance_later(call.owner);
    if (outcome.has_value()) {
        call.status = outcome->status;
        owner.report.bytes += outcome->wire_bytes;
    }
    const std::vector<waiter> waiting = std::exchange(call.waiting, {});
    std::optional<error> refused = why_unusable(outcome, call.path);
    if (!refused) refused = why_too_much(outcome->document.size(), call.path);
    if (refused) {
        call.phase = call_phase::failed;
        call.failure = *std::move(refused);
        if (outcome.has_value()) call.fields = std::move(outcome->fields);
        for (const waiter& who : waiting) {
            if (finished_ || unless_refused_) return;
            item_failed(who, call.failure, {call.status, call.fields}, now);
        }
    } else {
        call.phase = call_phase::done;
        call.fields = std::move(outcome->fields);
        call.document = std::move(outcome->document);
        document_bytes_ += call.document.size();
        for (const waiter& who : waiting)
            item_done(who, id);
    }
    work(now);
}

// Documents are held until the view is composed: what a run holds is bounded as a whole.
std::optional<error> plan_run::why_too_much(std::uint64_t more_bytes, std::string_view path) const {
    const std::uint64_t most = plan_->limits.run_bytes;
    if (more_bytes <= most && document_bytes_ <= most - more_bytes) return std::nullopt;
    return error{errc::run_too_large, "with GET " + std::string(path) + " the documents of this run would be over " +
                                          std::to_string(most) + " bytes (`limits.run_bytes`)"};
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

void plan_run::cancel(error cause) {
    if (!finished_) finish_failed({.cause = std::move(cause)});
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
    state.wave = state.wave_needed;
    state.phase = step_phase::running;
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

// Starts as many items as `parallel` allows; an item that shares another step's call counts against that step. With the
// last item the step's value is there.
void plan_run::advance(step_index at, steady_time now) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    const std::uint32_t parallel = step.each ? step.each->parallel : 1;
    while (state.phase == step_phase::running && state.next_item < state.items.size() && state.open_calls < parallel) {
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

void plan_run::start_item(step_index at, std::uint32_t item, steady_time now) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    scratch_.clear();
    for (const url_source& source : step.sources) {
        switch (source.from) {
            case url_source::kind::parameter:
                scratch_.push_back(&parameters_[source.index]);
                break;
            case url_source::kind::step:
                scratch_.push_back(&steps_[source.step].for_others->values[source.index]);
                break;
            case url_source::kind::item:
                scratch_.push_back(&state.rows->cell(item, source.index));
                break;
            case url_source::kind::sibling:
                scratch_.push_back(&steps_[source.step].for_others->fans[source.fan].cell(item, source.index));
                break;
        }
    }
    const waiter who{at, item};
    auto made = step.url.expand(scratch_);
    if (!made) return item_failed(who, made.error(), {}, now);
    if (made->skipped) return item_skipped(who, now);
    const std::uint32_t call = find_or_open_call(at, std::move(made->target));
    if (call == no_call) {
        const std::string limit = std::to_string(plan_->limits.calls);
        return item_failed(
            who, {errc::fan_out_limit, "the view would make more than " + limit + " upstream calls (`limits.calls`)"},
            {}, now);
    }
    if (!std::exchange(state.has_started, true)) state.started = now;
    join(call, who, now);
}

// A call of the same URL is shared while it has the same timeout, and whenever it has brought its document.
std::uint32_t plan_run::find_or_open_call(step_index at, std::string target) {
    const plan_step& step = plan_->steps[at];
    const auto id = static_cast<std::uint32_t>(calls_.size());
    std::string key;
    key.reserve(step.upstream.size() + 1 + target.size());
    key.append(step.upstream).push_back('\0');
    key.append(target);
    const auto known = by_url_.find(key);
    std::uint32_t last = no_call;
    if (known != by_url_.end()) {
        for (std::uint32_t call = known->second; call != no_call; call = calls_[call].next_same) {
            if (calls_[call].timeout == step.timeout || calls_[call].phase == call_phase::done) return call;
            last = call;
        }
    }
    if (id >= plan_->limits.calls) return no_call;
    if (last != no_call)
        calls_[last].next_same = id;
    else
        by_url_.emplace(std::move(key), id);
    call_state& made = calls_.emplace_back();
    made.owner = at;
    made.wave = steps_[at].wave_needed + 1;
    made.timeout = step.timeout;
    made.path = path_for_people(target);
    ++steps_[at].open_calls;
    ++steps_[at].report.calls;
    plan_action& action = actions_.emplace_back();
    action.what = plan_action::kind::start;
    action.call = id;
    action.request = {step.upstream, std::move(target), step.timeout};
    return id;
}

void plan_run::join(std::uint32_t id, waiter who, steady_time now) {
    call_state& call = calls_[id];
    steps_[who.step].wave = std::max(steps_[who.step].wave, call.wave);
    switch (call.phase) {
        case call_phase::done:
            return item_done(who, id);
        case call_phase::failed:
            return item_failed(who, call.failure, {call.status, call.fields}, now);
        default:
            call.waiting.push_back(who);
    }
}

void plan_run::item_done(waiter who, std::uint32_t call) {
    step_state& state = steps_[who.step];
    if (state.phase != step_phase::running) return;
    state.items[who.item] = {item_state::kind::document, call};
    if (state.report.upstream_status == 0) state.report.upstream_status = calls_[call].status;
    --state.open_items;
    advance_later(who.step);
}

void plan_run::item_skipped(waiter who, steady_time now) {
    step_state& state = steps_[who.step];
    state.items[who.item].is = item_state::kind::skipped;
    --state.open_items;
    if (!plan_->steps[who.step].each) end_step(who.step, step_phase::skipped, now);
}

void plan_run::item_failed(waiter who, error cause, const upstream_word& said, steady_time now) {
    const plan_step& step = plan_->steps[who.step];
    step_state& state = steps_[who.step];
    if (state.phase != step_phase::running) return;
    cause = located(step, who.item, std::move(cause));
    state.items[who.item].is = item_state::kind::failed;
    --state.open_items;
    if (!step.each || !step.optional) return fail_step(who.step, std::move(cause), said, now);
    if (state.report.outcome != step_report::outcome::defaulted) {
        state.report.outcome = step_report::outcome::defaulted;
        state.report.failure = std::move(cause);
        state.report.upstream_status = said.status;
    }
    advance_later(who.step);
}

std::optional<error> plan_run::drop_documents(step_index at, const std::vector<read_outcome::refusal>& documents) {
    const plan_step& step = plan_->steps[at];
    step_state& state = steps_[at];
    const std::vector<std::uint32_t> calls = calls_of(at);
    std::optional<error> first;
    for (const read_outcome::refusal& refused : documents) {
        if (refused.document >= calls.size()) continue;
        const std::uint32_t call = calls[refused.document];
        error cause = refused.why;
        cause.detail = "GET " + calls_[call].path + ": " + cause.detail;
        for (std::uint32_t item = 0; item < state.items.size(); ++item) {
            if (state.items[item].call != call) continue;
            state.items[item] = {item_state::kind::failed, no_call};
            if (!first) first = located(step, item, cause);
        }
    }
    if (first && step.optional && state.report.outcome != step_report::outcome::defaulted) {
        state.report.outcome = step_report::outcome::defaulted;
        state.report.failure = *first;
    }
    return first;
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
    for (const plan_action& action : std::exchange(actions_, {})) {
        if (action.what == plan_action::kind::start) calls_[action.call].phase = call_phase::given_up;
    }
    const bool hears = hears_out_ && !takes_back(cause.upstream_status) &&
                       std::any_of(calls_.begin(), calls_.end(), [this](const call_state& call) {
                           return call.phase == call_phase::fetching && is_required(call);
                       });
    if (!hears) return finish_failed(std::move(cause));
    unless_refused_ = std::move(cause);
}

bool plan_run::is_required(const call_state& call) const {
    return std::any_of(call.waiting.begin(), call.waiting.end(),
                       [this](const waiter& who) { return !plan_->steps[who.step].optional; });
}

void plan_run::hear(call_id id, const result<fetch_response>& outcome) {
    call_state& call = calls_[id];
    call.phase = call_phase::failed;
    if (outcome.has_value() && takes_back(outcome->status) && is_required(call)) {
        const waiter who = *std::find_if(call.waiting.begin(), call.waiting.end(),
                                         [this](const waiter& each) { return !plan_->steps[each.step].optional; });
        const plan_step& step = plan_->steps[who.step];
        error cause = located(step, who.item, *why_unusable(outcome, call.path));
        return finish_failed({std::move(cause), step.name, outcome->status, {}, outcome->fields});
    }
    const bool more = std::any_of(calls_.begin(), calls_.end(), [this](const call_state& each) {
        return each.phase == call_phase::fetching && is_required(each);
    });
    if (!more) finish_failed(*std::move(unless_refused_));
}

void plan_run::finish_failed(plan_failure cause) {
    finished_ = true;
    for (const plan_action& action : std::exchange(actions_, {})) {
        if (action.what == plan_action::kind::start) calls_[action.call].phase = call_phase::given_up;
    }
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

// The calls that a step's documents came from, each once, in the order of step_value::documents.
std::vector<std::uint32_t> plan_run::calls_of(step_index at) const {
    std::vector<std::uint32_t> calls;
    std::unordered_map<std::uint32_t, bool> seen;
    for (const item_state& item : steps_[at].items) {
        if (item.is == item_state::kind::document && seen.emplace(item.call, true).second) calls.push_back(item.call);
    }
    return calls;
}

step_value plan_run::value(step_index at) const {
    const plan_step& step = plan_->steps[at];
    const step_state& state = steps_[at];
    if (state.phase == step_phase::skipped) return step_value::null();
    if (state.phase == step_phase::defaulted) return step_value::single(step.otherwise);
    if (!step.each) return step_value::single(calls_[state.items.front().call].document);

    step_value list;
    list.list = true;
    std::unordered_map<std::uint32_t, std::uint32_t> place;
    for (const std::uint32_t call : calls_of(at)) {
        place.emplace(call, static_cast<std::uint32_t>(list.documents.size()));
        list.documents.push_back(calls_[call].document);
    }
    const auto otherwise = static_cast<std::uint32_t>(list.documents.size());
    bool some_failed = false;
    list.which.reserve(state.items.size());
    for (const item_state& item : state.items) {
        switch (item.is) {
            case item_state::kind::document:
                list.which.push_back(place.at(item.call));
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
    if (step.optional) {
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
        if (state.report.outcome == step_report::outcome::defaulted) names.push_back(state.report.step);
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
        if (call.phase == call_phase::done) all.push_back(std::move(call.fields));
    }
    return all;
}

}  // namespace nearside::aggregators
