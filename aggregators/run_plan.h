// Runs a plan: drives plan_run (the pure state machine) with a fetcher, composes on the worker pool, and hands over one
// finished view or one failure. The coroutine resumes on its own executor; the fetcher must complete on it too.
#pragma once

#include "aggregators/fetch.h"
#include "core/body.h"
#include "core/clock.h"
#include "core/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nearside::aggregators {

class plan;
class view_progress;

// Path and query parameters by name, decoded. A parameter that is null is not in it.
using view_inputs = std::map<std::string, std::string, std::less<>>;

// What one step cost, for Server-Timing, traces and logs. Times are offsets from the start of the run.
struct step_report {
    std::string step;
    std::chrono::microseconds started{0};
    std::chrono::microseconds took{0};
    std::uint32_t calls = 0;       // upstream calls made (equal URLs are fetched once)
    std::uint32_t speculated = 0;  // of them, those that were under way before the plan asked
    std::uint64_t bytes = 0;       // body bytes across the link
    enum class outcome { done, defaulted, skipped, failed, not_run } outcome = outcome::not_run;
    bool cut = false;         // a list of it goes on after `max` pages
    error failure;            // meaningful for defaulted and failed
    int upstream_status = 0;  // 0 when the upstream didn't answer
};

struct composed_view {
    body content;            // JSON
    bool unchanged = false;  // nothing was composed: see run_context::is_unchanged
    std::vector<std::string>
        partial;                     // steps that failed and are optional, or have lists cut short; in the file's order
    std::vector<step_report> steps;  // in the file's order
    std::vector<std::string> tags;   // that the configuration gives it; none where it is unchanged
    std::size_t tags_left_out = 0;   // over a limit
    std::uint32_t waves = 0;         // depth of calls that had to wait for another
    // The header section of every response that went into the view; its freshness may depend on them.
    std::vector<header_fields> upstream_fields;
};

struct plan_failure {
    error cause;
    std::string step;         // that failed; empty when none did (composition, limits)
    int upstream_status = 0;  // 0 when the upstream didn't answer
    std::vector<step_report> steps;
    header_fields upstream_fields{};  // of the answer that failed it; empty when the upstream didn't answer
};

[[noreturn]] void throw_exception_from_error(const plan_failure& failure, const boost::source_location& where);

using plan_outcome = boost::system::result<composed_view, plan_failure>;

struct run_context {
    std::shared_ptr<fetcher> upstreams;
    boost::asio::any_io_executor workers;  // composition happens there
    const clock* time = nullptr;
    bool older_copy_may_stand_in = false;  // see plan_run::hear_refusals_out()
    // Asked once every call has succeeded, with their responses' fields: true when they brought what the stored view
    // was composed of, so that composing it again would be in vain. Empty: never.
    std::function<bool(const std::vector<header_fields>& upstream_fields)> is_unchanged{};
    // Who reads along; null: nobody can. Parts are composed one by one from the moment that somebody does.
    std::shared_ptr<view_progress> progress{};
    // Whether an answer with these header fields may be given to others than the one who caused the run. Empty: any.
    std::function<bool(const header_fields&)> is_shareable{};
};

boost::asio::awaitable<plan_outcome> run_plan(std::shared_ptr<const plan> what, view_inputs inputs,
                                              run_context context);

}  // namespace nearside::aggregators
