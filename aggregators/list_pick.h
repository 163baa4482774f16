// Which documents of an `each` step's list a path's first selector means. One thread.
#pragma once

#include "aggregators/projector.h"
#include "aggregators/step_value.h"

#include <cstdint>
#include <vector>

namespace nearside::aggregators {

// The document `null`, which inputs that got nothing stand for. Static storage.
const buffer& null_document();

// What input number `number` got.
const buffer& input_document(const step_value& list, std::uint32_t number);

// The numbers of the inputs whose documents select_documents() tells.
std::vector<std::uint32_t> select_inputs(const step_value& list, const selector& first, projector& reader,
                                         std::uint32_t depth_limit);

// In input order. A name selects nothing from a list. Uses `reader` to try filters; a document that is not JSON passes
// none, and is told by whoever reads it.
std::vector<const buffer*> select_documents(const step_value& list, const selector& first, projector& reader,
                                            std::uint32_t depth_limit);

}  // namespace nearside::aggregators
