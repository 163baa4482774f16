#include "aggregators/run_plan.h"

#include "aggregators/compose.h"
#include "aggregators/jq_allowance.h"
#include "aggregators/jq_program.h"
#include "aggregators/jq_turns.h"
#include "aggregators/list_splicer.h"
#include "aggregators/page_reading.h"
#include "aggregators/part_maker.h"
#include "aggregators/plan.h"
#include "aggregators/plan_run.h"
#include "aggregators/view_progress.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nearside::aggregators {
namespace {

namespace asio = boost::asio;

// Below this, reading or composing costs less than handing the work to another thread and back (two thread hops of
// some 10 us, against about 1 GB/s).
constexpr std::uint64_t inline_bytes = 64 * 1024;

std::uint64_t bytes_of(const step_value& value) {
    std::uint64_t total = 0;
    for (const buffer& document : value.documents)
        total += document.size();
    return total;
}

// What composing came to. With a step to blame, also every document of any step that is not JSON; where there is none,
// the step's value as a whole has no place in `out`.
struct composition {
    compose_result made;
    std::map<step_index, std::vector<read_outcome::refusal>> refused;
};

jq_limits limits_of_jq(const config::plan_limits& limits) {
    jq_limits made;
    made.depth = std::min(limits.json_depth, jq_program::deepest);
    made.result_bytes = limits.view_bytes;
    return made;
}

compose_result run_view_jq(const plan& what, const body& composed, jq_allowance& allowance) {
    buffer_writer whole(composed.size());
    for (const slice& part : composed.slices())
        whole.append(part.bytes);
    auto made = allowance.run(*what.jq, whole.finish(), limits_of_jq(what.limits));
    if (made) return body(*std::move(made));
    error cause = std::move(made).error();
    cause.detail = "`jq` of the view: " + cause.detail;
    return compose_failure{std::move(cause), std::nullopt};
}

composition compose_values(const plan& what, const std::vector<step_value>& values, const view_inputs& inputs,
                           jq_allowance& allowance) {
    composition done{compose(*what.out, values, inputs, {what.limits.json_depth, what.limits.view_bytes}), {}};
    if (done.made && what.jq) done.made = run_view_jq(what, *done.made, allowance);
    if (!done.made.has_error() || !done.made.error().step) return done;
    for (step_index step = 0; step < values.size(); ++step) {
        auto refused = find_refused(values[step].documents, what.limits.json_depth);
        if (!refused.empty()) done.refused.emplace(step, std::move(refused));
    }
    return done;
}

// One run: feeds the machine and does what it asks for. Held by the coroutine that waits for it; the fetcher and the
// workers hold weak pointers, so that nothing of an abandoned run is acted upon. One executor, no locks.
class plan_driver final : public fetch_sink, public std::enable_shared_from_this<plan_driver> {
public:
    plan_driver(std::shared_ptr<const plan> what, view_inputs inputs, run_context context, asio::any_io_executor home)
        : plan_(what),
          run_(std::move(what), std::move(inputs)),
          context_(std::move(context)),
          jq_allowance_(std::make_shared<jq_allowance>(*context_.time)),
          home_(home),
          wake_(home, asio::steady_timer::time_point::max()) {}

    void start() {
        if (context_.older_copy_may_stand_in) run_.hear_refusals_out();
        run_.start(now());
        if (context_.progress && !plan_->parts.none()) hear_of_readers();
        act();
    }

    bool finished() const noexcept { return outcome_.has_value(); }
    plan_outcome take_outcome() { return *std::move(outcome_); }
    // Expires when finished.
    asio::steady_timer& wake() noexcept { return wake_; }

    void abandon(errc why) {
        if (finished() || abandoned_) return;
        abandoned_ = true;
        give_up({why, {}});
    }

    void on_fetched(call_id call, result<fetch_response> outcome) override {
        guarded([&] {
            run_.fetched(call, std::move(outcome), now());
            act();
        });
    }

private:
    // Every way in but start(), whose exceptions reach the coroutine by themselves. Here they would end in whoever
    // calls, and leave the coroutine waiting for ever.
    template <class Work>
    void guarded(Work work) {
        if (abandoned_ || finished()) return;
        try {
            work();
        } catch (const std::exception& broken) {
            broke(broken.what());
        }
    }

    void broke(const std::string& why) {
        if (abandoned_ || finished()) return;
        give_up({errc::internal, why});
        finish(plan_failure{{errc::internal, why}, {}, 0, {}});
    }

    // Computes on a worker, and goes on at home with `then(driver, what was computed)`.
    template <class Compute, class Then>
    void on_workers(Compute compute, Then then) {
        asio::post(context_.workers, job(std::move(compute), then));
    }

    // The same for what runs jq.
    template <class Compute, class Then>
    void on_workers_in_turn(Compute compute, Then then) {
        jq_turns::of(context_.workers).post(context_.workers, job(std::move(compute), then));
    }

    template <class Compute, class Then>
    auto job(Compute compute, Then then) {
        return [self = weak_from_this(), home = home_, compute = std::move(compute), then]() mutable {
            if (self.expired()) return;
            try {
                auto computed = compute();
                asio::post(home, [self, then, computed = std::move(computed)]() mutable {
                    const auto driver = self.lock();
                    if (driver) driver->guarded([&] { then(*driver, std::move(computed)); });
                });
            } catch (const std::exception& broken) {
                asio::post(home, [self, why = std::string(broken.what())] {
                    if (const auto driver = self.lock()) driver->broke(why);
                });
            }
        };
    }

    void give_up(error why) {
        run_.cancel(std::move(why));
        for (const plan_action& action : run_.take_actions()) {
            if (action.what == plan_action::kind::cancel) context_.upstreams->cancel(action.call);
        }
    }

    steady_time now() const { return context_.time->steady_now(); }

    void act() {
        for (std::vector<plan_action> actions = run_.take_actions(); !actions.empty(); actions = run_.take_actions()) {
            for (plan_action& action : actions) {
                switch (action.what) {
                    case plan_action::kind::start:
                        context_.upstreams->start(action.call, std::move(action.request), weak_from_this());
                        break;
                    case plan_action::kind::cancel:
                        context_.upstreams->cancel(action.call);
                        break;
                    case plan_action::kind::read:
                        read(action.step, std::move(action.value));
                        break;
                    case plan_action::kind::read_page:
                        read_page_of(action);
                        break;
                    case plan_action::kind::add_to_list:
                        add_to_list(action);
                        break;
                    case plan_action::kind::make_body:
                        make_body(action);
                        break;
                    case plan_action::kind::run_jq:
                        run_jq(action);
                        break;
                    case plan_action::kind::end_list:
                        lists_[action.list].ending = true;
                        go_on_with(action.list);
                        break;
                }
            }
        }
        if (!run_.finished()) return make_parts();
        if (composing_) return;
        if (run_.failure()) return finish(plan_failure(*run_.failure()));
        if (run_.partial().empty() && context_.is_unchanged && context_.is_unchanged(upstream_fields()))
            return finish(unchanged_view());
        make_parts();
        if (!finished() && !(parts_ && parts_->at_work())) put_together();
    }

    void hear_of_readers() {
        context_.progress->on_wanted([self = weak_from_this(), home = home_] {
            asio::post(home, [self] {
                if (const auto driver = self.lock()) driver->guarded([&] { driver->begin_parts(); });
            });
        });
    }

    void begin_parts() {
        if (composing_) return;
        parts_.emplace(plan_);
        make_parts();
    }

    // Composes what has become ready, where somebody reads along.
    void make_parts() {
        if (!parts_ || refused_ || run_.is_failing()) return;
        while (const std::optional<std::uint32_t> group = parts_->take_ready(run_)) {
            std::vector<step_value> values(plan_->steps.size());
            std::uint64_t bytes = 0;
            for (const step_index step : plan_->parts.groups[*group].made_of->steps()) {
                values[step] = run_.value(step);
                bytes += bytes_of(values[step]);
            }
            if (bytes < inline_bytes) {
                tell(parts_->was_made(compose_parts(*plan_, *group, values, run_.inputs())));
                continue;
            }
            on_workers([what = plan_, group = *group, values = std::move(values),
                        inputs = run_.inputs()] { return compose_parts(*what, group, values, inputs); },
                       [](plan_driver& driver, made_parts made) {
                           auto told = driver.parts_->was_made(std::move(made));
                           if (!driver.run_.is_failing()) driver.tell(std::move(told));
                           driver.act();
                       });
        }
    }

    void tell(std::vector<view_progress::part> parts) {
        if (parts.empty()) return;
        for (call_id call = 0; context_.is_shareable && shareable_ && call < run_.calls(); ++call) {
            const header_fields* const fields = run_.answer_of(call);
            if (fields == nullptr || (call < judged_.size() && judged_[call])) continue;
            judged_.resize(run_.calls());
            judged_[call] = true;
            shareable_ = context_.is_shareable(*fields);
        }
        for (view_progress::part& part : parts)
            part.shareable = shareable_;
        context_.progress->tell(std::move(parts));
    }

    // The whole, of its parts where they are there.
    void put_together() {
        if (!parts_ || refused_) return compose_all();
        std::optional<body> whole = parts_->whole(plan_->limits.view_bytes);
        if (!whole) return compose_all();
        composed_view view = told_of_run();
        view.content = *std::move(whole);
        give_tags(std::move(view));
    }

    // One more walk of the documents that tags read.
    void give_tags(composed_view view) {
        if (plan_->tags.none()) return finish(std::move(view));
        composing_ = true;
        std::vector<step_value> values(plan_->steps.size());
        std::uint64_t bytes = 0;
        for (const step_index step : plan_->tags.steps()) {
            values[step] = run_.value(step);
            bytes += bytes_of(values[step]);
        }
        auto making = [what = plan_, values = std::move(values), inputs = run_.inputs()] {
            return what->tags.make(values, inputs, what->limits.json_depth);
        };
        if (bytes < inline_bytes) return tagged(std::move(view), making());
        const auto held = std::make_shared<composed_view>(std::move(view));
        on_workers(std::move(making), [held](plan_driver& driver, result<view_tags::made> made) {
            driver.tagged(std::move(*held), std::move(made));
        });
    }

    // A view without its tags could not be invalidated.
    void tagged(composed_view view, result<view_tags::made> made) {
        if (!made) {
            error cause = std::move(made).error();
            cause.detail = "`tags` of the view: " + cause.detail;
            return finish(plan_failure{std::move(cause), {}, 0, run_.reports()});
        }
        view.tags = std::move(made->tags);
        view.tags_left_out = made->left_out;
        finish(std::move(view));
    }

    void read(step_index step, step_value value) {
        if (bytes_of(value) < inline_bytes)
            return run_.was_read(step, read_value(plan_->steps[step], value, plan_->limits.json_depth), now());
        on_workers([what = plan_, step,
                    value = std::move(value)] { return read_value(what->steps[step], value, what->limits.json_depth); },
                   [step](plan_driver& driver, read_outcome outcome) {
                       driver.run_.was_read(step, std::move(outcome), driver.now());
                       driver.act();
                   });
    }

    void read_page_of(const plan_action& action) {
        const std::uint32_t depth = plan_->limits.json_depth;
        if (action.document.size() < inline_bytes) {
            auto found = read_page(plan_->steps[action.step].pages->paths, action.document, depth);
            return run_.page_was_read(action.list, action.page, std::move(found), action.document, now());
        }
        on_workers([what = plan_, step = action.step, document = action.document,
                    depth] { return read_page(what->steps[step].pages->paths, document, depth); },
                   [list = action.list, page = action.page, document = action.document](plan_driver& driver,
                                                                                        result<page_found> found) {
                       driver.run_.page_was_read(list, page, std::move(found), document, driver.now());
                       driver.act();
                   });
    }

    static result<std::string> body_of(const plan& what, step_index step, const std::vector<step_value>& values,
                                       const view_inputs& inputs) {
        auto made =
            compose(*what.steps[step].body->made_of, values, inputs, {what.limits.json_depth, what.limits.view_bytes});
        if (!made) return made.error().cause;
        return made->to_string();
    }

    void make_body(plan_action& action) {
        std::uint64_t bytes = 0;
        for (const step_value& value : action.values)
            bytes += bytes_of(value);
        if (bytes < inline_bytes) {
            auto content = body_of(*plan_, action.step, action.values, run_.inputs());
            return run_.body_was_made(action.step, action.item, std::move(action.request.target), std::move(content),
                                      now());
        }
        on_workers([what = plan_, step = action.step, values = std::move(action.values),
                    inputs = run_.inputs()] { return body_of(*what, step, values, inputs); },
                   [step = action.step, item = action.item, target = action.request.target](
                       plan_driver& driver, result<std::string> content) {
                       driver.run_.body_was_made(step, item, target, std::move(content), driver.now());
                       driver.act();
                   });
    }

    void run_jq(const plan_action& action) {
        on_workers_in_turn(
            [what = plan_, step = action.step, document = action.document, allowance = jq_allowance_] {
                return allowance->run(*what->steps[step].jq, document, limits_of_jq(what->limits));
            },
            [filter = action.filter](plan_driver& driver, result<buffer> made) {
                driver.run_.jq_has_run(filter, std::move(made), driver.now());
                driver.act();
            });
    }

    // A list that is being put together: pieces are added in order, here or on a worker, one at a time.
    struct list_making {
        std::shared_ptr<list_splicer> splicer;
        std::vector<std::pair<buffer, std::string_view>> pieces;  // still to be added
        std::size_t bytes = 0;                                    // of them
        bool at_work = false;
        bool ending = false;
    };

    void add_to_list(plan_action& action) {
        list_making& list = lists_[action.list];
        if (!list.splicer) list.splicer = std::make_shared<list_splicer>(action.expected_bytes);
        list.bytes += action.items.size();
        list.pieces.emplace_back(std::move(action.document), action.items);
        go_on_with(action.list);
    }

    static void add_pieces(list_splicer& to, std::vector<std::pair<buffer, std::string_view>> pieces) {
        for (auto& [document, items] : pieces) {
            to.add(items);
            document = {};
        }
    }

    void go_on_with(std::uint32_t id) {
        list_making& list = lists_[id];
        if (list.at_work) return;
        if (!list.splicer) list.splicer = std::make_shared<list_splicer>(0);
        const std::size_t bytes = std::exchange(list.bytes, 0);
        auto pieces = std::exchange(list.pieces, {});
        const bool large = bytes >= inline_bytes || (list.ending && list.splicer->size() >= inline_bytes);
        if (!large) {
            add_pieces(*list.splicer, std::move(pieces));
            if (list.ending) end_list(id, list.splicer->finish());
            return;
        }
        list.at_work = true;
        auto work = [splicer = list.splicer, pieces = std::move(pieces), ends = list.ending]() mutable {
            add_pieces(*splicer, std::move(pieces));
            return ends ? splicer->finish() : buffer();
        };
        on_workers(std::move(work), [id, ends = list.ending](plan_driver& driver, buffer made) {
            driver.lists_[id].at_work = false;
            if (!ends) return driver.go_on_with(id);
            driver.end_list(id, std::move(made));
            driver.act();
        });
    }

    void end_list(std::uint32_t id, buffer made) {
        lists_.erase(id);
        run_.list_was_made(id, std::move(made), now());
    }

    void compose_all() {
        composing_ = true;
        if (parts_) context_.progress->revise();
        std::vector<step_value> values;
        values.reserve(plan_->steps.size());
        std::uint64_t bytes = 0;
        for (step_index step = 0; step < plan_->steps.size(); ++step) {
            values.push_back(plan_->steps[step].in_out ? run_.value(step) : step_value::null());
            bytes += bytes_of(values.back());
        }
        if (bytes < inline_bytes && !plan_->jq)
            return composed(compose_values(*plan_, values, run_.inputs(), *jq_allowance_));
        auto composing = [what = plan_, values = std::move(values), inputs = run_.inputs(), allowance = jq_allowance_] {
            return compose_values(*what, values, inputs, *allowance);
        };
        const auto then = [](plan_driver& driver, composition done) { driver.composed(std::move(done)); };
        if (plan_->jq)
            on_workers_in_turn(std::move(composing), then);
        else
            on_workers(std::move(composing), then);
    }

    // Every refusal replaces at least one document by the `else` of an optional step, or fails the run; so this ends.
    void composed(composition done) {
        composing_ = false;
        if (done.made.has_error()) {
            compose_failure failure = done.made.error();
            refused_ = true;
            if (!failure.step) return finish(plan_failure{std::move(failure.cause), {}, 0, run_.reports()});
            if (done.refused.empty()) run_.refuse(*failure.step, {}, std::move(failure.cause));
            for (const auto& [step, documents] : done.refused) {
                if (!run_.failure()) run_.refuse(step, documents, {});
            }
            return asio::post(home_, [self = weak_from_this()] {
                if (const auto driver = self.lock()) driver->guarded([&] { driver->act(); });
            });
        }
        composed_view view = told_of_run();
        view.content = *std::move(done.made);
        give_tags(std::move(view));
    }

    composed_view unchanged_view() {
        composed_view view = told_of_run();
        view.unchanged = true;
        return view;
    }

    composed_view told_of_run() {
        composed_view view;
        view.partial = run_.partial();
        view.steps = run_.reports();
        view.waves = run_.waves();
        view.upstream_fields = std::move(upstream_fields());
        return view;
    }

    // Once all calls have ended.
    std::vector<header_fields>& upstream_fields() {
        if (!upstream_fields_) upstream_fields_ = run_.take_upstream_fields();
        return *upstream_fields_;
    }

    void finish(plan_outcome outcome) {
        outcome_.emplace(std::move(outcome));
        wake_.cancel();
    }

    std::shared_ptr<const plan> plan_;
    plan_run run_;
    std::optional<std::vector<header_fields>> upstream_fields_;
    run_context context_;
    std::shared_ptr<jq_allowance> jq_allowance_;
    asio::any_io_executor home_;
    asio::steady_timer wake_;
    std::optional<plan_outcome> outcome_;
    std::unordered_map<std::uint32_t, list_making> lists_;
    std::optional<part_maker> parts_;  // where somebody reads along
    std::vector<bool> judged_;         // by call: what it brought was looked at
    bool shareable_ = true;            // all that was looked at
    bool refused_ = false;             // composing the whole came to nothing once
    bool composing_ = false;
    bool abandoned_ = false;
};

// Gives the calls up when the waiting coroutine ends without an outcome: cancelled, or destroyed where it waits.
struct abandon_on_exit {
    std::shared_ptr<plan_driver> driver;
    ~abandon_on_exit() { driver->abandon(errc::cancelled); }
};

}  // namespace

[[noreturn]] void throw_exception_from_error(const plan_failure& failure, const boost::source_location& where) {
    throw_exception_from_error(failure.cause, where);
}

asio::awaitable<plan_outcome> run_plan(std::shared_ptr<const plan> what, view_inputs inputs, run_context context) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    const abandon_on_exit run{
        std::make_shared<plan_driver>(std::move(what), std::move(inputs), std::move(context), home)};
    run.driver->start();
    if (!run.driver->finished()) {
        boost::system::error_code woken;
        co_await run.driver->wake().async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    if (!run.driver->finished()) co_return plan_failure{{errc::cancelled, {}}, {}, 0, {}};
    co_return run.driver->take_outcome();
}

}  // namespace nearside::aggregators
