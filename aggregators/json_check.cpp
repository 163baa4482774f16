#include "aggregators/json_check.h"

#include "aggregators/json_fault.h"
#include "aggregators/json_reader.h"

namespace nearside::aggregators {

std::optional<error> check_json(const buffer& document, std::uint32_t depth_limit) {
    if (document.size() <= json_index::max_document) {
        json_reader reader;
        reader.open(document, depth_limit);
        if (reader.skip_value() && reader.at_clean_end()) return std::nullopt;
    }
    return explain_json_fault(document.view(), depth_limit);
}

}  // namespace nearside::aggregators
