#include "aggregators/list_pick.h"

namespace nearside::aggregators {

const buffer& null_document() {
    static const buffer null = buffer::copy_of("null");
    return null;
}

std::vector<const buffer*> select_documents(const step_value& list, const selector& first, projector& reader,
                                            std::uint32_t depth_limit) {
    const auto at = [&](std::size_t number) {
        const buffer* const document = list.input(number);
        return document == nullptr ? &null_document() : document;
    };
    std::vector<const buffer*> chosen;
    const std::size_t count = list.which.size();
    if (std::holds_alternative<wildcard_selector>(first)) {
        chosen.reserve(count);
        for (std::size_t number = 0; number < count; ++number)
            chosen.push_back(at(number));
    } else if (const auto* index = std::get_if<index_selector>(&first)) {
        const std::int64_t number = index->index < 0 ? index->index + static_cast<std::int64_t>(count) : index->index;
        if (number >= 0 && static_cast<std::size_t>(number) < count)
            chosen.push_back(at(static_cast<std::size_t>(number)));
    } else if (const auto* filter = std::get_if<filter_selector>(&first)) {
        for (std::size_t number = 0; number < count; ++number)
            if (reader.document_passes(*at(number), depth_limit, *filter)) chosen.push_back(at(number));
    }
    return chosen;
}

}  // namespace nearside::aggregators
