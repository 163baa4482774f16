// Learns the type of a document from its bytes as they are kept, slice by slice, without a copy: what is looked at is
// the structure, the names of members, and the first `limits.items` items of each list and map; the rest is skipped at
// the speed of a scan. Pure; any thread.
#pragma once

#include "aggregators/learned_type.h"
#include "core/body.h"

#include <optional>
#include <span>

namespace nearside::aggregators {

// nullopt: it is no JSON document. What is skipped is not checked: the documents are views, which are JSON.
std::optional<learned_type> learn_type(std::span<const slice> document, const learning_limits& limits);

}  // namespace nearside::aggregators
