// Plans made of YAML, and a run of one without any I/O: the test answers calls by their URL, in any order it likes.
#pragma once

#include "aggregators/compose.h"
#include "aggregators/list_splicer.h"
#include "aggregators/page_reading.h"
#include "aggregators/plan.h"
#include "aggregators/plan_run.h"
#include "aggregators/planner.h"
#include "config/complain.h"
#include "config/load.h"
#include "tests/support/fake_fetch.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators::testing {

struct planned {
    std::shared_ptr<const plan> what;
    std::vector<config::complaint> complaints;
};

// `views` is what stands below `views:`, its first line being line 3 of the file `test.yaml`.
inline planned plan_text(std::string_view views) {
    const std::string text =
        "upstreams: {api: {url: \"http://127.0.0.1:9\"}, other: {url: \"http://127.0.0.1:9\"}, "
        "piped: {url: \"http://127.0.0.1:9\", connections: {warm: 64, pipeline: 3}}}\nviews:\n" +
        std::string(views);
    config::load_outcome loaded = config::load_text("test.yaml", text, [](std::string_view) { return std::nullopt; });
    planned made;
    made.complaints = std::move(loaded.complaints);
    for (const config::view_settings& view : loaded.value.views)
        made.what = make_plan(view, loaded.value, made.complaints);
    config::sort_complaints(made.complaints);
    return made;
}

inline std::shared_ptr<const plan> good_plan(std::string_view views) {
    planned made = plan_text(views);
    for (const config::complaint& each : made.complaints)
        ADD_FAILURE() << each.to_string();
    if (!made.what) throw std::logic_error("no plan");
    return made.what;
}

// The steps of a view at /v/{id}, with everything on one upstream.
inline std::shared_ptr<const plan> good_steps(std::string_view steps_and_out) {
    return good_plan("  v:\n    path: /v/{id}\n    query: {page: 1, status: null}\n    upstream: api\n" +
                     std::string(steps_and_out));
}

class plan_bench {
public:
    explicit plan_bench(std::shared_ptr<const plan> what, view_inputs inputs = {{"id", "7"}},
                        bool older_copy_may_stand_in = false)
        : plan_(std::move(what)), run_(plan_, std::move(inputs)) {
        if (older_copy_may_stand_in) run_.hear_refusals_out();
        run_.start(clock_.steady_now());
        act();
    }

    // URLs that wait for an answer, in the order they were asked.
    std::vector<std::string> open() const {
        std::vector<std::string> targets;
        for (const call& each : open_)
            targets.push_back(each.target);
        return targets;
    }
    const std::vector<std::string>& asked() const noexcept { return asked_; }
    const std::vector<std::string>& cancelled() const noexcept { return cancelled_; }
    const std::vector<fetch_request>& requests() const noexcept { return requests_; }

    void answer(std::string_view target, int status, std::string_view document) {
        tell(target, nearside::testing::fake_fetch::response(status, document));
    }
    void answer(std::string_view target, std::string_view document) { answer(target, 200, document); }
    void answer(std::string_view target, fetch_response response) { tell(target, std::move(response)); }
    steady_time now() const { return clock_.steady_now(); }
    void fail(std::string_view target, errc code) { tell(target, error{code, "as the test wanted"}); }

    template <class Duration>
    void advance(Duration by) {
        clock_.advance(by);
    }

    plan_run& run() noexcept { return run_; }
    bool finished() const noexcept { return run_.finished(); }
    const plan_failure& failure() const { return *run_.failure(); }
    bool failed() const noexcept { return run_.failure().has_value(); }

    // The composed document, or what it failed with.
    std::string document() {
        if (!run_.finished()) return "not finished";
        if (run_.failure())
            return "failed: " + run_.failure()->step + " " + std::string(to_string(run_.failure()->cause.code));
        std::vector<step_value> values;
        for (step_index step = 0; step < plan_->steps.size(); ++step)
            values.push_back(run_.value(step));
        auto made = compose(*plan_->out, values, run_.inputs(), {});
        if (!made) return "not composed: " + std::string(to_string(made.error().cause.code));
        return made->to_string();
    }

    step_report report(std::string_view step) const {
        for (const step_report& each : run_.reports()) {
            if (each.step == step) return each;
        }
        throw std::logic_error("no step " + std::string(step));
    }

private:
    struct call {
        call_id id;
        std::string target;
    };

    void tell(std::string_view target, result<fetch_response> outcome) {
        const auto found =
            std::find_if(open_.begin(), open_.end(), [&](const call& each) { return each.target == target; });
        if (found == open_.end()) throw std::logic_error("no open call for " + std::string(target));
        const call_id id = found->id;
        open_.erase(found);
        run_.fetched(id, std::move(outcome), clock_.steady_now());
        act();
    }

    void act() {
        for (auto actions = run_.take_actions(); !actions.empty(); actions = run_.take_actions()) {
            for (plan_action& action : actions) {
                switch (action.what) {
                    case plan_action::kind::start:
                        open_.push_back({action.call, action.request.target});
                        asked_.push_back(action.request.target);
                        requests_.push_back(std::move(action.request));
                        break;
                    case plan_action::kind::cancel: {
                        const auto found = std::find_if(open_.begin(), open_.end(),
                                                        [&](const call& each) { return each.id == action.call; });
                        if (found == open_.end()) throw std::logic_error("cancelled a call that is not open");
                        cancelled_.push_back(found->target);
                        open_.erase(found);
                        break;
                    }
                    case plan_action::kind::read:
                        run_.was_read(action.step,
                                      read_value(plan_->steps[action.step], action.value, plan_->limits.json_depth),
                                      clock_.steady_now());
                        break;
                    case plan_action::kind::read_page:
                        run_.page_was_read(action.list, action.page,
                                           read_page(plan_->steps[action.step].pages->paths, action.document,
                                                     plan_->limits.json_depth),
                                           action.document, clock_.steady_now());
                        break;
                    case plan_action::kind::add_to_list: {
                        const auto list = lists_.try_emplace(action.list, action.expected_bytes).first;
                        list->second.add(action.items);
                        break;
                    }
                    case plan_action::kind::make_body: {
                        auto made = compose(*plan_->steps[action.step].body->made_of, action.values, run_.inputs(), {});
                        result<std::string> content =
                            made ? result<std::string>(made->to_string()) : result<std::string>(made.error().cause);
                        run_.body_was_made(action.step, action.item, action.request.target, std::move(content),
                                           clock_.steady_now());
                        break;
                    }
                    case plan_action::kind::run_jq:
                        run_.jq_has_run(action.filter, plan_->steps[action.step].jq->run(action.document, {}),
                                        clock_.steady_now());
                        break;
                    case plan_action::kind::end_list: {
                        const auto list = lists_.try_emplace(action.list, 0).first;
                        run_.list_was_made(action.list, list->second.finish(), clock_.steady_now());
                        break;
                    }
                }
            }
        }
    }

    nearside::testing::manual_clock clock_;
    std::shared_ptr<const plan> plan_;
    plan_run run_;
    std::deque<call> open_;
    std::map<std::uint32_t, list_splicer> lists_;
    std::vector<std::string> asked_;
    std::vector<std::string> cancelled_;
    std::vector<fetch_request> requests_;
};

}  // namespace nearside::aggregators::testing
