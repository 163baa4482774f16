#include "aggregators/step_value.h"

#include <algorithm>
#include <functional>

namespace nearside::aggregators {

step_value step_value::single(buffer document) {
    step_value value;
    value.documents.push_back(std::move(document));
    return value;
}

step_value step_value::null() {
    return single(buffer::copy_of("null"));
}

const buffer* step_value::for_item(const char* item, std::size_t& hint) const noexcept {
    if (hint >= items.size() || items[hint] != item) {
        // Items of one document stand in ascending order; those gathered from several may not.
        auto found = std::ranges::lower_bound(items, item, std::less<>{});
        if (found == items.end() || *found != item) found = std::ranges::find(items, item);
        if (found == items.end()) return nullptr;
        hint = static_cast<std::size_t>(found - items.begin());
    }
    return input(hint++);
}

}  // namespace nearside::aggregators
