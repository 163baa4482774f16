// jq's virtual machines, behind types that no other file needs libjq for: one compiled program's machines, and what
// there is to know about libjq 1.6. A machine is for one thread at a time; jq_machines lends them out.
#pragma once

#include "aggregators/jq_program.h"

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

    // An idle one, or a new one.
    jq_machine take();
    void give_back(jq_machine machine);

private:
    // Machines kept for the next runs, a megabyte each. More than there are workers are never idle at once.
    static constexpr std::size_t most_idle = 16;

    const std::string program_;
    std::mutex mutex_;
    std::vector<jq_machine> idle_;
};

struct jq_outcome {
    bool out_of_time = false;
    bool unread = false;  // jq could not read the document
    std::string failure;  // what the program said; empty: none
    std::size_t values = 0;
    std::string json;  // the first value
};

// Runs until two values are there, or it ends. The document is JSON of less than 2 GiB.
jq_outcome run_jq_machine(jq_state& machine, std::string_view document, std::chrono::milliseconds time);

}  // namespace nearside::aggregators
