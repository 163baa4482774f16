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
#include "aggregators/page_list.h"
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
        // Of a step with `pages`. What is added to a list comes in the list's order.
        read_page,    // read_page() of `document`, by the `paths` of `step`, and tell page_was_read()
        add_to_list,  // append `items`, which are part of `document`
        end_list,     // put brackets around what was added, and tell list_was_made()
        make_body,    // compose() `values` and inputs() by the `body` of `step`, and tell body_was_made()
        run_jq,       // the program of `step` over `document`, and tell jq_has_run()
    };
    kind what = kind::start;
    call_id call = 0;
    fetch_request request;
    step_index step = 0;
    step_value value;
    std::uint32_t list = 0;
    std::uint32_t page = 0;
    buffer document;
    std::string_view items;
    std::uint64_t expected_bytes = 0;  // of the whole list, as far as can be told
    std::uint32_t item = 0;
    std::vector<step_value> values;
    std::uint32_t filter = 0;
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
    void page_was_read(std::uint32_t list, std::uint32_t page, result<page_found> found, buffer document,
                       steady_time now);
    void body_was_made(step_index step, std::uint32_t item, std::string target, result<std::string> content,
                       steady_time now);
    void jq_has_run(std::uint32_t filter, result<buffer> made, steady_time now);
    void list_was_made(std::uint32_t list, buffer made, steady_time now);
    // Gives up everything that is under way; the run has then failed with `cause`.
    void cancel(error cause);

    // What has become necessary since the last time. Empty while !finished(): wait for what is under way.
    std::vector<plan_action> take_actions();

    // No call is needed any more, and events change nothing.
    bool finished() const noexcept { return finished_; }
    const std::optional<plan_failure>& failure() const noexcept { return failure_; }
    // It has failed, or will once its calls are heard out.
    bool is_failing() const noexcept { return failure_.has_value() || unless_refused_.has_value(); }
    // Its value is there for good, unless refuse() takes it back.
    bool is_settled(step_index step) const noexcept;
    // Of a settled step.
    step_value value(step_index step) const;
    std::uint32_t calls() const noexcept { return static_cast<std::uint32_t>(calls_.size()); }
    // The header section of an answer that the plan uses; null while there is none.
    const header_fields* answer_of(call_id call) const noexcept;

    // Path and query parameters with their defaults; null ones are not in it.
    const view_inputs& inputs() const noexcept { return inputs_; }
    std::uint64_t document_bytes() const noexcept { return document_bytes_; }
    // Of all steps, as far as they have come.
    std::vector<step_report> reports() const;

    // The rest is for a run that is finished without a failure.

    // Composing found that these documents of a step's value (none: the value as a whole) cannot be used. An optional
    // step gets its `else` for them; with a required one the run has failed after all.
    void refuse(step_index step, const std::vector<read_outcome::refusal>& documents, error cause);

    std::vector<std::string> partial() const;
    std::uint32_t waves() const noexcept;
    std::vector<header_fields> take_upstream_fields();

private:
    static constexpr std::uint32_t no_call = UINT32_MAX;
    static constexpr std::uint32_t no_list = UINT32_MAX;

    enum class step_phase : std::uint8_t { waiting, running, reading, done, defaulted, skipped, failed };
    // `consumed`: its document went into a list, and is not here any more.
    enum class call_phase : std::uint8_t { fetching, done, consumed, failed, given_up };

    // An item of a step; or, with a list, the page of that number of it.
    struct waiter {
        step_index step = 0;
        std::uint32_t item = 0;
        std::uint32_t list = no_list;
    };

    struct call_state {
        call_phase phase = call_phase::fetching;
        step_index owner = 0;  // the step whose most_started() it counts against
        bool of_list = false;  // a page: it counts against the list's own
        std::uint32_t wave = 0;
        std::uint32_t next_same = no_call;  // of the same URL, with another timeout
        std::optional<milliseconds> timeout;
        std::string named;  // for messages: "GET /users/7/"
        std::vector<waiter> waiting;
        buffer document;
        header_fields fields;
        error failure;
        int status = 0;
        steady_time since{};  // fetch_response::since; of a failed call, when it was heard
    };

    // What became of one item.
    struct item_state {
        enum class kind : std::uint8_t { pending, document, skipped, failed };
        kind is = kind::pending;
        std::uint32_t source = no_call;  // the call; of a step with `pages` the list, of one with `jq` the filter
    };

    // A document that `jq` is run over, once a step however many items have it.
    struct filter_state {
        step_index step = 0;
        std::uint32_t source = 0;  // the call or the list
        bool ended = false;
        std::vector<std::uint32_t> waiting{};  // items
        buffer document{};
        std::optional<error> failure{};
    };

    // What the upstream said where it is why something failed.
    struct upstream_word {
        int status = 0;  // 0: it didn't answer, or isn't why
        header_fields fields;
    };

    // A paginated list in the making.
    struct list_state {
        enum class kind : std::uint8_t { gathering, ending, done, failed };
        kind is = kind::gathering;
        bool queued = false;   // in lists_to_advance_
        step_index owner = 0;  // the step that it is gathered as
        page_list pages;
        std::vector<std::uint32_t> calls{};  // of the pages asked for
        std::vector<waiter> waiting;
        std::uint32_t wave = 0;                      // of the page that told of the last ones
        std::uint32_t deepest_wave = 0;              // of all pages
        steady_time told_from = steady_time::min();  // fetch_response::since of the page that told
        steady_time since = steady_time::min();      // the latest of all pages
        buffer document;
        error failure;
        upstream_word said;
        int status = 0;     // of page 0
        std::string named;  // for messages: "GET /users/7/"
    };

    struct step_state {
        step_phase phase = step_phase::waiting;
        bool queued = false;  // in to_advance_
        bool has_started = false;
        // fetch_request's moments, for what needs this step: those of its own calls and of all that it needs.
        steady_time proven_from = steady_time::min();
        steady_time usable_from = steady_time::min();
        steady_time needs_proven_from = steady_time::min();
        steady_time needs_usable_from = steady_time::min();
        std::uint32_t unsettled_needs = 0;
        std::uint32_t wave_needed = 0;  // the deepest of what it needed
        std::uint32_t wave = 0;         // the deepest of its own calls; without any, wave_needed
        std::uint32_t next_item = 0;
        std::uint32_t open_calls = 0;  // its own, for most_started()
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
    // What a call is made for, and how deep it is.
    struct call_wish {
        step_index step = 0;
        bool of_list = false;
        std::uint32_t parallel = 0;  // fetch_request's, and its group
        std::uint32_t group = 0;
        std::uint32_t wave = 0;
        steady_time proven_from{};
        std::string content{};  // of a POST
    };
    std::uint32_t find_or_open_call(const call_wish& wish, std::string target);
    error too_many_calls() const;
    void join(std::uint32_t call, waiter who, steady_time now);
    void item_done(waiter who, std::uint32_t call, steady_time now);
    void item_got(waiter who, std::uint32_t source, steady_time now);
    const std::vector<const url_value*>& values_of(const std::vector<url_source>& sources, step_index at,
                                                   std::uint32_t item);
    std::optional<std::uint32_t> row_of(step_index above, step_index at, std::uint32_t item) const;
    void make_body(waiter who, std::string target);
    void start_call(waiter who, std::string target, std::string content, steady_time now);
    void filter(waiter who, std::uint32_t source, steady_time now);
    void end_filter(std::uint32_t filter, steady_time now);
    void call_failed(waiter who, std::uint32_t call, steady_time now);

    void start_list(waiter who, std::string target, steady_time now);
    void join_list(std::uint32_t list, waiter who, steady_time now);
    void advance_list_later(std::uint32_t list);
    void advance_list(std::uint32_t list, steady_time now);
    void page_came(const waiter& page, std::uint32_t call);
    void page_failed(const waiter& page, std::uint32_t call, steady_time now);
    void list_item_done(waiter who, std::uint32_t list, steady_time now);
    void fail_list(std::uint32_t list, error cause, const upstream_word& said, steady_time now);
    void forget_pages(std::uint32_t list);

    void item_skipped(waiter who, steady_time now);
    void item_failed(waiter who, error cause, const upstream_word& said, steady_time now);
    // Marks the items that got these documents as failed; tells the first reason, or nothing when no item did.
    std::optional<error> drop_documents(step_index at, const std::vector<read_outcome::refusal>& documents);
    void fail_step(step_index at, error cause, const upstream_word& said, steady_time now);
    void end_step(step_index at, step_phase phase, steady_time now);
    void fail(plan_failure cause);
    // Somebody who waits for it and is not optional; null when nobody is.
    const waiter* required_waiter(const call_state& call) const;
    bool revokes(const call_state& call, int status) const;
    std::optional<error> why_too_much(std::uint64_t more_bytes, std::string_view named) const;
    void hear(call_id call, const result<fetch_response>& outcome);
    void take_back_starts();
    void finish_failed(plan_failure cause);
    std::vector<std::uint32_t> calls_of(step_index at) const;
    const buffer& document_of(step_index at, std::uint32_t source) const;
    std::string name_of(step_index at, std::uint32_t source) const;

    std::shared_ptr<const plan> plan_;
    view_inputs inputs_;
    std::vector<url_value> parameters_;
    std::vector<step_state> steps_;
    std::deque<call_state> calls_;
    std::unordered_map<std::string, std::uint32_t> by_url_;  // upstream, NUL, target -> the first call
    std::deque<filter_state> filters_;
    std::unordered_map<std::uint64_t, std::uint32_t> filters_by_source_;  // step and source, 32 bits each
    std::deque<list_state> lists_;
    std::unordered_map<std::string, std::uint32_t>
        lists_by_url_;  // the text of its `pages`, NUL, upstream, NUL, target
    std::vector<plan_action> actions_;
    std::deque<step_index> to_begin_;
    std::deque<step_index> to_advance_;
    std::deque<std::uint32_t> lists_to_advance_;
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
