// jq's virtual machines, behind types that no other file needs libjq for: one compiled program's machines, and what
// there is to know about libjq 1.6. A machine is for one thread at a time; jq_machines lends them out.
#pragma once

#include "aggregators/jq_program.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct jq_state;

namespace nearside::aggregators {

struct jq_closer {
    void operator()(jq_state* machine) const noexcept;
};
using jq_machine = std::unique_ptr<jq_state, jq_closer>;

// What stands before each program, in its first line: names that would reach beyond the document are taken away, and
// what hangs or aborts libjq 1.6, whatever the limit of time, is made an error.
std::string_view jq_prelude() noexcept;

// With `complaints` appended by libjq itself where it isn't a program; null then.
jq_machine compile_jq_machine(const std::string& program, std::string& complaints);

class jq_machines {
public:
    explicit jq_machines(std::string program) : program_(std::move(program)) {}

    // An idle one, or a new one. Null where jq can't start, or broke too often on this program.
    jq_machine take();
    // `kept_bytes`: of its last run, beside what it took to compile it.
    void give_back(jq_machine machine, std::size_t kept_bytes);
    // A run broke its machine, and with it so many bytes were lost.
    void lost(std::size_t bytes) noexcept { lost_bytes_ += bytes; }

private:
    // Machines kept for the next runs, a megabyte each. More than there are workers are never idle at once.
    static constexpr std::size_t most_idle = 16;
    // One that keeps more of its last run isn't kept itself.
    static constexpr std::size_t most_kept_bytes = std::size_t{1} * 1024 * 1024;

    // Once so much is lost, no more machines are made.
    static constexpr std::size_t most_lost_bytes = std::size_t{256} * 1024 * 1024;

    const std::string program_;
    std::atomic<std::size_t> lost_bytes_{0};
    std::mutex mutex_;
    std::vector<jq_machine> idle_;
};

struct jq_outcome {
    bool out_of_time = false;
    bool out_of_memory = false;
    bool broken = false;
    bool gone = false;           // the machine is, after any of these
    std::size_t lost_bytes = 0;  // with it
    std::size_t kept_bytes = 0;  // what a machine that isn't gone still holds of the run
    bool unread = false;         // jq could not read the document
    std::string failure;         // what the program said; empty: none
    std::size_t values = 0;
    std::string json;  // the first value
};

// Runs until two values are there, or it ends; what it stood at then is given up. The document is JSON of less than 2
// GiB. A machine that ran out of time or memory, or broke, is gone after it.
jq_outcome run_jq_machine(jq_machine& machine, std::string_view document, std::chrono::milliseconds time,
                          std::size_t most_bytes);

}  // namespace nearside::aggregators
