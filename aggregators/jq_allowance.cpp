#include "aggregators/jq_allowance.h"

#include <fmt/format.h>

#include <algorithm>

namespace nearside::aggregators {

using std::chrono::microseconds;

error jq_allowance::used_up() const {
    return {errc::jq_failed, fmt::format("the jq programs of one run took longer than {} ms together", whole_.count())};
}

result<buffer> jq_allowance::run(const jq_program& program, const buffer& document, jq_limits limits) {
    const microseconds left{left_.load()};
    if (left <= microseconds{0}) return used_up();
    limits.time = std::min(limits.time, std::chrono::ceil<milliseconds>(left));
    const steady_time began = time_.steady_now();
    result<buffer> made = program.run(document, limits);
    const auto took = std::chrono::duration_cast<microseconds>(time_.steady_now() - began);
    const bool over = microseconds{left_.fetch_sub(took.count())} <= took;
    if (made.has_error() && over) return used_up();
    return made;
}

}  // namespace nearside::aggregators
