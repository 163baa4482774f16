#include "aggregators/jq_machine.h"

#include "aggregators/jq_guard.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <stop_token>
#include <thread>
#include <utility>

extern "C" {
#include <jq.h>
}

namespace nearside::aggregators {
namespace {

constexpr std::size_t machine_bytes = std::size_t{1} * 1024 * 1024;  // of a compiled program, about
constexpr std::size_t least_lost = std::size_t{64} * 1024;           // what the machine gives back hides some

// Bytes that compiling a program may take.
constexpr std::size_t most_compiled = std::size_t{256} * 1024 * 1024;

// A value of jq's, given back at its end.
class value {
public:
    explicit value(jv owned) noexcept : owned_(owned) {}
    value(const value&) = delete;
    value& operator=(const value&) = delete;
    ~value() { jv_free(owned_); }

    bool valid() const noexcept { return jv_get_kind(owned_) != JV_KIND_INVALID; }
    // libjq's functions consume what they are given.
    jv copy() const noexcept { return jv_copy(owned_); }
    jv release() noexcept { return std::exchange(owned_, jv_null()); }

private:
    jv owned_;
};

std::string text_of(jv owned) {
    const value text(jv_get_kind(owned) == JV_KIND_STRING ? owned : jv_dump_string(owned, 0));
    const jv bytes = text.copy();
    std::string copy(jv_string_value(bytes), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(bytes))));
    jv_free(bytes);
    return copy;
}

void gather_complaint(void* complaints, jv message) {
    auto& all = *static_cast<std::string*>(complaints);
    all += text_of(jq_format_error(message));
    all += '\n';
}

void ignore_message(void*, jv message) {
    jv_free(message);
}

// libjq can't be asked to stop. jq_halt() is what its own `halt` does: a flag that the machine looks at before each
// instruction. Set from another thread it is seen a moment later; the machine is not used again after that.
class watchdog {
public:
    watchdog(jq_guard& guard, std::chrono::milliseconds time)
        : thread_([this, &guard, time](const std::stop_token& stop) {
              std::unique_lock lock(mutex_);
              wake_.wait_for(lock, stop, time, [] { return false; });
              if (stop.stop_requested()) return;
              bit_ = true;
              guard.halt_once();
          }) {}

    // Nothing is done to the machine after this. True: it was halted.
    bool call_off() {
        thread_.request_stop();
        thread_.join();
        return bit_;
    }

private:
    std::mutex mutex_;
    std::condition_variable_any wake_;
    bool bit_ = false;
    std::jthread thread_;
};

}  // namespace

void jq_closer::operator()(jq_state* machine) const noexcept {
    const jq_guard guard(nullptr, std::numeric_limits<std::size_t>::max());
    try {
        jq_teardown(&machine);
    } catch (const jq_broken&) {
        // It asserts that it is whole; what it holds is lost.
        return;
    }
}

std::string_view jq_prelude() noexcept {
    return "def env: error(\"a program can't read the environment\"); "
           "def input: error(\"there is one input\"); def inputs: empty; def debug: .; def debug(f): .; def stderr: .; "
           "def input_filename: null; def input_line_number: 0; def get_search_list: []; "
           "def modulemeta: error(\"there are no modules\"); "
           "def halt: error(\"halt\"); def halt_error: error(\"halt\"); def halt_error(f): error(\"halt\"); "
           // An endless loop where the part is empty.
           "def __indices($i): indices($i); def indices($i): if $i == \"\" then null else __indices($i) end; "
           "def index($i): indices($i) | .[0]; def rindex($i): indices($i) | .[-1:][0]; "
           // These abort on times beyond what a calendar holds, and slices do on what is no number.
           "def __time: if type == \"number\" and ((. < 6e16 and . > -6e16) | not) "
           "then error(\"no such time\") else . end; "
           "def __gmtime: gmtime; def gmtime: __time | __gmtime; "
           "def __localtime: localtime; def localtime: __time | __localtime; "
           "def __strftime($f): strftime($f); def strftime($f): __time | __strftime($f); "
           "def __strflocaltime($f): strflocaltime($f); def strflocaltime($f): __time | __strflocaltime($f); "
           "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); def todate: todateiso8601; "
           "def dateadd(u; n): . + n; def datesub(u; n): . - n; def date: todate; "
           "def __tonumber: tonumber; "
           "def tonumber: __tonumber | if isnan then error(\"not a number\") else . end; "
           "{} as $ENV | ";
}

jq_machine compile_jq_machine(const std::string& program, std::string& complaints) {
    jq_machine machine(jq_init());
    if (!machine) {
        complaints += "jq can't start";
        return nullptr;
    }
    jq_set_error_cb(machine.get(), gather_complaint, &complaints);
    try {
        const jq_guard guard(nullptr, most_compiled);
        if (jq_compile(machine.get(), program.c_str()) == 0) return nullptr;
    } catch (const jq_broken&) {
        complaints += "jq breaks on it";
        [[maybe_unused]] const jq_state* const left = machine.release();
        return nullptr;
    }
    jq_set_error_cb(machine.get(), ignore_message, nullptr);
    return machine;
}

jq_machine jq_machines::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            jq_machine machine = std::move(idle_.back());
            idle_.pop_back();
            return machine;
        }
    }
    if (lost_bytes_ >= most_lost_bytes) return nullptr;
    std::string complaints;
    return compile_jq_machine(program_, complaints);
}

void jq_machines::give_back(jq_machine machine, std::size_t kept_bytes) {
    if (kept_bytes > most_kept_bytes) return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_idle) idle_.push_back(std::move(machine));
}

namespace {

// Of a machine that was stopped, or thrown out of, as far as that goes; the bytes that are lost. Thrown out of, those
// that libjq held on its C stack are in any case.
std::size_t tear_down(jq_machine machine, jq_guard& guard, bool thrown) {
    guard.lift();
    jq_state* left = machine.release();
    try {
        jq_teardown(&left);
    } catch (const jq_broken&) {
        // It asserts that it is whole.
        return guard.taken() + machine_bytes;
    }
    return thrown ? guard.taken() + least_lost : 0;
}

void run_guarded(jq_state& machine, jq_guard& guard, std::string_view document, std::chrono::milliseconds time,
                 jq_outcome& outcome) {
    value input(jv_parse_sized(document.data(), static_cast<int>(document.size())));
    if (!input.valid()) {
        outcome.unread = true;
        outcome.failure = text_of(jv_invalid_get_msg(input.release()));
        // It quotes the whole document behind this.
        outcome.failure.resize(std::min(outcome.failure.size(), outcome.failure.find(" (while parsing")));
        return;
    }
    jq_start(&machine, input.release(), 0);
    watchdog bites(guard, time);
    while (outcome.values < 2) {
        value made(jq_next(&machine));
        if (!made.valid()) {
            if (jv_invalid_has_msg(made.copy()) != 0) {
                outcome.failure = text_of(jv_invalid_get_msg(made.release()));
                if (outcome.failure.empty()) outcome.failure = "error";
            }
            break;
        }
        if (outcome.values++ == 0) outcome.json = text_of(jv_dump_string(made.release(), 0));
    }
    outcome.out_of_time = bites.call_off();
    // In the midst of a program the machine holds its document, and all that it can go back to: it begins anew, with
    // nothing.
    if (!outcome.out_of_time && !guard.out_of_memory()) jq_start(&machine, jv_null(), 0);
}

}  // namespace

jq_outcome run_jq_machine(jq_machine& machine, std::string_view document, std::chrono::milliseconds time,
                          std::size_t most_bytes) {
    jq_outcome outcome;
    jq_guard guard(machine.get(), most_bytes);
    try {
        run_guarded(*machine, guard, document, time, outcome);
    } catch (const jq_broken& broken) {
        outcome.broken = true;
        outcome.failure = broken.why() == jq_broken::cause::assertion ? "an assertion of jq failed" : "";
    }
    outcome.out_of_memory = guard.out_of_memory();
    outcome.gone = outcome.broken || outcome.out_of_memory || outcome.out_of_time;
    if (outcome.gone) outcome.lost_bytes = tear_down(std::move(machine), guard, outcome.broken);
    if (!outcome.gone) outcome.kept_bytes = guard.taken();
    return outcome;
}

}  // namespace nearside::aggregators
