// One run of a plan as a pure state machine: it is told what happened and answers what to do next. No I/O, no clock, no
// JSON: values are read and composed by whoever drives it (aggregators/run_plan.cpp), where no cached answer waits.
// Owned by one run; one thread.
//
// Every step is in one of these states, and only moves down:
//   waiting   some step that it needs is not settled
//   running   its items are being fetched; a step without `each` has one item
//   reading   its value is there; what other steps need of it is being read
//   settled   done | defaulted (failed, optional) | skipped (a reference came to nothing) | failed (and the run with
//   it)
// A step starts the moment that the last step it needs is settled. Equal URLs share one call.
#pragma once

#include "aggregators/fetch.h"
#include "aggregators/plan.h"
#include "aggregators/readings.h"
#include "aggregators/run_plan.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace nearside::aggregators {

// What the driver has to do; each is given out once.
struct plan_action {
    enum class kind : std::uint8_t {
        start,   // start `request` as `call`, and tell fetched() what came of it
        cancel,  // give `call` up; nothing is to be told of it any more
        read,    // read_value() of `step` and `value`, and tell was_read() what came of it
    };
    kind what = kind::start;
    call_id call = 0;
    fetch_request request;
    step_index step = 0;
    step_value value;
};

class plan_run {
public:
    plan_run(std::shared_ptr<const plan> what, view_inputs inputs);

    // Before start(). For a run whose failure an older copy may stand in for: it doesn't end before the calls under way
    // for required steps are heard out, since one of them may bring the word that this user must not see that copy.
    void hear_refusals_out() noexcept { hears_out_ = true; }
    void start(steady_time now);
    void fetched(call_id call, result<fetch_response> outcome, steady_time now);
    void was_read(step_index step, read_outcome outcome, steady_time now);
    // Gives up everything that is under way; the run has then failed with `cause`.
    void cancel(error cause);

    // What has become necessary since the last time. Empty while !finished(): wait for what is under way.
    std::vector<plan_action> take_actions();

    // No call is needed any more, and events change nothing.
    bool finished() const noexcept { return finished_; }
    const std::optional<plan_failure>& failure() const noexcept { return failure_; }

    // The rest is for a run that is finished without a failure.

    step_value value(step_index step) const;
    // Composing found that these documents of a step's value (none: the value as a whole) cannot be used. An optional
    // step gets its `else` for them; with a required one the run has failed after all.
    void refuse(step_index step, const std::vector<read_outcome::refusal>& documents, error cause);

    // Path and query parameters with their defaults; null ones are not in it.
    const view_inputs& inputs() const noexcept { return inputs_; }
    std::uint64_t document_bytes() const noexcept { return document_bytes_; }
    std::vector<step_report> reports() const;
    std::vector<std::string> partial() const;
    std::uint32_t waves() const noexcept;
    std::vector<header_fields> take_upstream_fields();

private:
    static constexpr std::uint32_t no_call = UINT32_MAX;

    enum class step_phase : std::uint8_t { waiting, running, reading, done, defaulted, skipped, failed };
    enum class call_phase : std::uint8_t { fetching, done, failed, given_up };

    struct waiter {
        step_index step = 0;
        std::uint32_t item = 0;
    };

    struct call_state {
        call_phase phase = call_phase::fetching;
        step_index owner = 0;  // the step whose `parallel` it counts against
        std::uint32_t wave = 0;
        std::uint32_t next_same = no_call;  // of the same URL, with another timeout
        std::optional<milliseconds> timeout;
        std::string path;  // for messages
        std::vector<waiter> waiting;
        buffer document;
        header_fields fields;
        error failure;
        int status = 0;
        bool changed = true;  // fetch_response::changed
    };

    // What became of one item.
    struct item_state {
        enum class kind : std::uint8_t { pending, document, skipped, failed };
        kind is = kind::pending;
        std::uint32_t call = no_call;
    };

    struct step_state {
        step_phase phase = step_phase::waiting;
        bool queued = false;  // in to_advance_
        bool has_started = false;
        bool changed = false;  // some call of it brought something else than the view's last run got, or failed
        std::uint32_t unsettled_needs = 0;
        std::uint32_t wave_needed = 0;  // the deepest of what it needed
        std::uint32_t wave = 0;         // the deepest of its own calls; without any, wave_needed
        std::uint32_t next_item = 0;
        std::uint32_t open_calls = 0;  // its own, for `parallel`
        std::uint32_t open_items = 0;  // started, and nothing came of them yet
        std::vector<item_state> items;
        const fan_rows* rows = nullptr;  // the items, of an `each` step
        readings found;
        const readings* for_others = nullptr;  // `found`, or the plan's for `else` or null
        steady_time started{};
        step_report report;
    };

    void work(steady_time now);
    void advance_later(step_index at);
    void begin(step_index at, steady_time now);
    void advance(step_index at, steady_time now);
    void start_item(step_index at, std::uint32_t item, steady_time now);
    std::uint32_t find_or_open_call(step_index at, std::string target);
    void join(std::uint32_t call, waiter who, steady_time now);
    void item_done(waiter who, std::uint32_t call);
    void item_skipped(waiter who, steady_time now);
    // What the upstream said where it is why something failed.
    struct upstream_word {
        int status = 0;  // 0: it didn't answer, or isn't why
        header_fields fields;
    };
    void item_failed(waiter who, error cause, const upstream_word& said, steady_time now);
    // Marks the items that got these documents as failed; tells the first reason, or nothing when no item did.
    std::optional<error> drop_documents(step_index at, const std::vector<read_outcome::refusal>& documents);
    void fail_step(step_index at, error cause, const upstream_word& said, steady_time now);
    void end_step(step_index at, step_phase phase, steady_time now);
    void fail(plan_failure cause);
    bool is_required(const call_state& call) const;
    std::optional<error> why_too_much(std::uint64_t more_bytes, std::string_view path) const;
    void hear(call_id call, const result<fetch_response>& outcome);
    void finish_failed(plan_failure cause);
    std::vector<std::uint32_t> calls_of(step_index at) const;

    std::shared_ptr<const plan> plan_;
    view_inputs inputs_;
    std::vector<url_value> parameters_;
    std::vector<step_state> steps_;
    std::deque<call_state> calls_;
    std::unordered_map<std::string, std::uint32_t> by_url_;  // upstream, NUL, target -> the first call
    std::vector<plan_action> actions_;
    std::deque<step_index> to_begin_;
    std::deque<step_index> to_advance_;
    std::vector<const url_value*> scratch_;
    std::optional<plan_failure> failure_;
    std::uint64_t document_bytes_ = 0;
    std::uint32_t unsettled_ = 0;
    bool finished_ = false;
    bool hears_out_ = false;
    std::optional<plan_failure> unless_refused_;  // how the run ends when none of the calls still heard out refuses
    steady_time began_{};
};

}  // namespace nearside::aggregators
