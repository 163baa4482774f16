// Splices a view out of what its steps got: one walk of each upstream document finds all that `out` needs of it, and
// the result is slices of those documents plus the little text between them. Numbers, escapes and member order are the
// upstream's own bytes; a document that is not JSON as a whole never feeds a view.
// Pure, and heavy for tens of MB: call it on a worker. Any thread.
#pragma once

#include "aggregators/shape.h"
#include "aggregators/step_value.h"
#include "core/body.h"
#include "core/error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace nearside::aggregators {

struct compose_limits {
    std::uint32_t depth = 128;  // of each upstream document
    std::uint64_t view_bytes = 256ull * 1024 * 1024;
};

// `step` is the number of the step whose document could not be used, when one is to blame: an optional one may be
// replaced by its default and the view composed again.
struct compose_failure {
    error cause;
    std::optional<std::uint32_t> step;
};

[[noreturn]] void throw_exception_from_error(const compose_failure& failure, const boost::source_location& where);

using compose_result = boost::system::result<body, compose_failure>;

// `steps` by number, those that what.steps() names filled in; `parameters` decoded, those that are null left out.
compose_result compose(const shape& what, std::span<const step_value> steps,
                       const std::map<std::string, std::string, std::less<>>& parameters, const compose_limits& limits);

}  // namespace nearside::aggregators
