// The time that all jq programs of one run may take together: jq_limits bounds each document's, and an `each` may have
// thousands of them. What waits for a worker isn't counted.
// Shared by the run and what it has on the workers. Any thread.
#pragma once

#include "aggregators/jq_program.h"
#include "core/body.h"
#include "core/clock.h"
#include "core/error.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace nearside::aggregators {

class jq_allowance {
public:
    static constexpr milliseconds of_run{30'000};

    explicit jq_allowance(const clock& time, milliseconds whole = of_run)
        : time_(time), whole_(whole), left_(std::chrono::microseconds(whole).count()) {}

    // Fails with jq_failed where nothing is left, and once that is so. Those that run at once may go beyond it, each by
    // no more than was left when it began.
    result<buffer> run(const jq_program& program, const buffer& document, jq_limits limits);

private:
    error used_up() const;

    const clock& time_;
    const milliseconds whole_;
    std::atomic<std::int64_t> left_;  // microseconds
};

}  // namespace nearside::aggregators
