#include "aggregators/fetch_verdict.h"
#include "aggregators/plan_run.h"
#include "aggregators/plan_run_parts.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {

// The row of a step further up that an item of this one comes from.
std::optional<std::uint32_t> plan_run::row_of(step_index above, step_index at, std::uint32_t item) const {
    while (at != above) {
        const fan_rows* const rows = steps_[at].rows;
        if (rows == nullptr || item >= rows->inputs.size()) return std::nullopt;
        item = rows->inputs[item];
        at = plan_->steps[at].each->over;
    }
    return item;
}

// Valid until the next call.
const std::vector<const url_value*>& plan_run::values_of(const std::vector<url_source>& sources, step_index at,
                                                         std::uint32_t item) {
    static const url_value absent;
    scratch_.clear();
    for (const url_source& source : sources) {
        const url_value* value = &absent;
        switch (source.from) {
            case url_source::kind::parameter:
                value = &parameters_[source.index];
                break;
            case url_source::kind::step:
                value = &steps_[source.step].for_others->values[source.index];
                break;
            case url_source::kind::item:
            case url_source::kind::sibling: {
                const fan_rows* const rows = source.from == url_source::kind::item
                                                 ? steps_[source.row_of].rows
                                                 : &steps_[source.step].for_others->fans[source.fan];
                const auto row = row_of(source.row_of, at, item);
                if (rows != nullptr && row) value = &rows->cell(*row, source.index);
                break;
            }
        }
        scratch_.push_back(value);
    }
    return scratch_;
}

void plan_run::start_item(step_index at, std::uint32_t item, steady_time now) {
    const plan_step& step = plan_->steps[at];
    const waiter who{at, item};
    if (step.when_of_item && !step.when->holds(values_of(step.when_sources, at, item))) return item_skipped(who, now);
    auto made = step.url.expand(values_of(step.sources, at, item));
    if (!made) return item_failed(who, made.error(), {}, now);
    if (made->skipped) return item_skipped(who, now);
    if (step.pages) return start_list(who, std::move(made->target), now);
    if (step.body) return make_body(who, std::move(made->target));
    start_call(who, std::move(made->target), {}, now);
}

void plan_run::start_call(waiter who, std::string target, std::string content, steady_time now) {
    step_state& state = steps_[who.step];
    const std::optional<plan_each>& each = plan_->steps[who.step].each;
    const std::uint32_t call = find_or_open_call({.step = who.step,
                                                  .parallel = each ? each->parallel : 0,
                                                  .group = who.step,
                                                  .wave = state.wave_needed + 1,
                                                  .proven_from = state.needs_proven_from,
                                                  .content = std::move(content)},
                                                 std::move(target));
    if (call == no_call) return item_failed(who, too_many_calls(), {}, now);
    if (!std::exchange(state.has_started, true)) state.started = now;
    join(call, who, now);
}

// Counts as a call of the step while it is made, so that no more items are begun than may be under way.
void plan_run::make_body(waiter who, std::string target) {
    const plan_body& body = *plan_->steps[who.step].body;
    plan_action action;
    action.what = plan_action::kind::make_body;
    action.step = who.step;
    action.item = who.item;
    action.request.target = std::move(target);
    action.values.resize(plan_->steps.size() + body.items.size(), step_value::null());
    for (const step_index used : body.made_of->steps()) {
        if (used < plan_->steps.size()) {
            action.values[used] = value(used);
            continue;
        }
        const step_index owner = body.items[used - plan_->steps.size()];
        const fan_rows* const rows = steps_[owner].rows;
        const auto row = row_of(owner, who.step, who.item);
        if (rows != nullptr && row && *row < rows->raw.size())
            action.values[used] = step_value::single(buffer::copy_of(rows->raw[*row]));
    }
    ++steps_[who.step].open_calls;
    actions_.push_back(std::move(action));
}

void plan_run::body_was_made(step_index at, std::uint32_t item, std::string target, result<std::string> content,
                             steady_time now) {
    if (finished_ || unless_refused_) return;
    --steps_[at].open_calls;
    advance_later(at);
    const waiter who{at, item};
    if (steps_[at].phase == step_phase::running) {
        if (content) {
            start_call(who, std::move(target), *std::move(content), now);
        } else {
            error cause = std::move(content).error();
            cause.detail = "`body`: " + cause.detail;
            item_failed(who, std::move(cause), {}, now);
        }
    }
    work(now);
}

error plan_run::too_many_calls() const {
    const std::string limit = std::to_string(plan_->limits.calls);
    return {errc::fan_out_limit, "the view would make more than " + limit + " upstream calls (`limits.calls`)"};
}

// A call of the same URL is shared while it has the same timeout, and whenever it has brought its document.
std::uint32_t plan_run::find_or_open_call(const call_wish& wish, std::string target) {
    const step_index at = wish.step;
    const plan_step& step = plan_->steps[at];
    const auto id = static_cast<std::uint32_t>(calls_.size());
    std::string key;
    key.reserve(step.upstream.size() + 1 + target.size());
    key.append(step.upstream).push_back('\0');
    key.append(target);
    if (!wish.content.empty()) key.append(1, '\0').append(wish.content);
    const auto known = by_url_.find(key);
    std::uint32_t last = no_call;
    if (known != by_url_.end()) {
        for (std::uint32_t call = known->second; call != no_call; call = calls_[call].next_same) {
            const call_phase phase = calls_[call].phase;
            const bool is_gone = phase == call_phase::consumed || phase == call_phase::given_up;
            if (!is_gone && (calls_[call].timeout == step.timeout || phase == call_phase::done)) return call;
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
    made.of_list = wish.of_list;
    made.wave = wish.wave;
    made.timeout = step.timeout;
    made.named = call_for_people(step.body.has_value(), target);
    if (!wish.of_list) ++steps_[at].open_calls;
    ++steps_[at].report.calls;
    plan_action& action = actions_.emplace_back();
    action.what = plan_action::kind::start;
    action.call = id;
    action.request = {.upstream = step.upstream,
                      .target = std::move(target),
                      .timeout = step.timeout,
                      .wave = made.wave,
                      .step = at,
                      .proven_from = wish.proven_from,
                      .usable_from = steps_[at].needs_usable_from,
                      .parallel = wish.parallel,
                      .group = wish.group,
                      .content = wish.content};
    return id;
}

void plan_run::join(std::uint32_t id, waiter who, steady_time now) {
    call_state& call = calls_[id];
    if (who.list == no_list) steps_[who.step].wave = std::max(steps_[who.step].wave, call.wave);
    switch (call.phase) {
        case call_phase::done:
            return item_done(who, id, now);
        case call_phase::failed:
            return call_failed(who, id, now);
        default:
            call.waiting.push_back(who);
    }
}

void plan_run::item_done(waiter who, std::uint32_t call, steady_time now) {
    if (who.list != no_list) return page_came(who, call);
    step_state& state = steps_[who.step];
    if (state.phase != step_phase::running) return;
    state.proven_from = std::max(state.proven_from, calls_[call].since);
    if (state.report.upstream_status == 0) state.report.upstream_status = calls_[call].status;
    item_got(who, call, now);
}

void plan_run::item_got(waiter who, std::uint32_t source, steady_time now) {
    if (plan_->steps[who.step].jq) return filter(who, source, now);
    step_state& state = steps_[who.step];
    state.items[who.item] = {item_state::kind::document, source};
    --state.open_items;
    advance_later(who.step);
}

void plan_run::filter(waiter who, std::uint32_t source, steady_time now) {
    const std::uint64_t key = std::uint64_t{who.step} << 32 | source;
    const auto [known, is_new] = filters_by_source_.try_emplace(key, static_cast<std::uint32_t>(filters_.size()));
    if (!is_new) {
        filter_state& earlier = filters_[known->second];
        earlier.waiting.push_back(who.item);
        if (earlier.ended) end_filter(known->second, now);
        return;
    }
    filters_.push_back({.step = who.step, .source = source, .waiting = {who.item}});
    plan_action& action = actions_.emplace_back();
    action.what = plan_action::kind::run_jq;
    action.step = who.step;
    action.filter = known->second;
    action.document = plan_->steps[who.step].pages ? lists_[source].document : calls_[source].document;
}

void plan_run::jq_has_run(std::uint32_t id, result<buffer> made, steady_time now) {
    if (finished_ || unless_refused_) return;
    filter_state& filter = filters_[id];
    filter.ended = true;
    if (made) {
        filter.document = *std::move(made);
        filter.failure = why_too_much(filter.document.size(), "`jq`");
        document_bytes_ += filter.document.size();
    } else {
        filter.failure = std::move(made).error();
    }
    end_filter(id, now);
    work(now);
}

void plan_run::end_filter(std::uint32_t id, steady_time now) {
    const filter_state& filter = filters_[id];
    step_state& state = steps_[filter.step];
    for (const std::uint32_t item : std::exchange(filters_[id].waiting, {})) {
        if (finished_ || unless_refused_ || state.phase != step_phase::running) return;
        if (filter.failure) {
            item_failed({filter.step, item}, *filter.failure, {}, now);
            continue;
        }
        state.items[item] = {item_state::kind::document, id};
        --state.open_items;
        advance_later(filter.step);
    }
}

void plan_run::call_failed(waiter who, std::uint32_t id, steady_time now) {
    if (who.list != no_list) return page_failed(who, id, now);
    const call_state& call = calls_[id];
    step_state& state = steps_[who.step];
    state.proven_from = std::max(state.proven_from, call.since);
    state.usable_from = std::max(state.usable_from, call.since);
    item_failed(who, call.failure, {call.status, call.fields}, now);
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
        cause.detail = name_of(at, call) + ": " + cause.detail;
        for (std::uint32_t item = 0; item < state.items.size(); ++item) {
            if (state.items[item].source != call) continue;
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

// Documents are held until the view is composed: what a run holds is bounded as a whole.
std::optional<error> plan_run::why_too_much(std::uint64_t more_bytes, std::string_view named) const {
    const std::uint64_t most = plan_->limits.run_bytes;
    if (more_bytes <= most && document_bytes_ <= most - more_bytes) return std::nullopt;
    return error{errc::run_too_large, "with " + std::string(named) + " the documents of this run would be over " +
                                          std::to_string(most) + " bytes (`limits.run_bytes`)"};
}

}  // namespace nearside::aggregators
