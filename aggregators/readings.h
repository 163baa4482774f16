// What a plan needs of a step's value beside its bytes: the values that go into other steps' URLs. Read once, when the
// value is there, and the documents are checked to be JSON with it; large ones on a worker thread.
// Values and pure functions; any thread.
#pragma once

#include "aggregators/step_value.h"
#include "aggregators/url_template.h"
#include "core/error.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nearside::aggregators {

struct plan_step;

// Position in plan::steps, which is the order of the file.
using step_index = std::uint32_t;

// The items that an `each` step goes over, as far as its URLs need them: one row an item, one value a column.
struct fan_rows {
    std::vector<const char*> items;  // where each begins in its document (step_value::items)
    std::vector<url_value> values;   // row after row
    // Over the list of an `each` step: which of its inputs' results each item is from.
    std::vector<std::uint32_t> inputs;
    std::vector<std::string_view> raw;  // the items as the upstream wrote them, where fan_read::whole_items
    std::uint32_t columns = 0;
    bool absent = true;            // what the items are taken from is null or missing
    std::optional<error> failure;  // wrong_type, or fan_out_limit where there are more than the step's `max`

    // Absent beyond the last row: where the value was replaced by a shorter `else`.
    const url_value& cell(std::size_t row, std::size_t column) const noexcept;
};

// Parallel to plan_step::values and plan_step::fans.
struct readings {
    std::vector<url_value> values;
    std::vector<fan_rows> fans;
};

struct read_outcome {
    readings found;
    // Documents that are not JSON, by their place in step_value::documents, ascending; nothing is found then.
    struct refusal {
        std::uint32_t document = 0;
        error why;
    };
    std::vector<refusal> refused;
};

read_outcome read_value(const plan_step& step, const step_value& value, std::uint32_t json_depth);

// What is read of a value that is null.
readings read_nothing(const plan_step& step);

// Which of these are not JSON.
std::vector<read_outcome::refusal> find_refused(std::span<const buffer> documents, std::uint32_t json_depth);

}  // namespace nearside::aggregators
