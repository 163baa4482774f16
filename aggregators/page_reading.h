// What one page of a paginated list says: its items as the upstream wrote them, and how the list goes on.
// Pure; any thread. What is found points into the document, which must live on.
#pragma once

#include "aggregators/json_path.h"
#include "core/body.h"
#include "core/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::aggregators {

// Where a page keeps what belongs to it; all of them select one value at most.
struct page_paths {
    json_path items, next;
    std::optional<json_path> count;
};

struct page_found {
    std::string_view items;  // between the brackets, without surrounding whitespace
    std::uint64_t item_count = 0;
    std::optional<std::string> next;     // nothing: null, missing, false or empty
    std::optional<std::uint64_t> count;  // where it is a whole number
};

// Errors: the document's (invalid_json, depth_limit), or wrong_type where the items are no list.
result<page_found> read_page(const page_paths& paths, const buffer& document, std::uint32_t json_depth);

}  // namespace nearside::aggregators
