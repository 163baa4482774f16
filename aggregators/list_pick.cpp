#include "aggregators/list_pick.h"

#include <numeric>

namespace nearside::aggregators {

const buffer& null_document() {
    static const buffer null = buffer::copy_of("null");
    return null;
}

const buffer& input_document(const step_value& list, std::uint32_t number) {
    const buffer* const document = list.input(number);
    return document == nullptr ? null_document() : *document;
}

std::vector<std::uint32_t> select_inputs(const step_value& list, const selector& first, projector& reader,
                                         std::uint32_t depth_limit) {
    std::vector<std::uint32_t> chosen;
    const auto count = static_cast<std::uint32_t>(list.which.size());
    if (std::holds_alternative<wildcard_selector>(first)) {
        chosen.resize(count);
        std::iota(chosen.begin(), chosen.end(), 0U);
    } else if (const auto* index = std::get_if<index_selector>(&first)) {
        const std::int64_t number = index->index < 0 ? index->index + std::int64_t{count} : index->index;
        if (number >= 0 && number < std::int64_t{count}) chosen.push_back(static_cast<std::uint32_t>(number));
    } else if (const auto* filter = std::get_if<filter_selector>(&first)) {
        for (std::uint32_t number = 0; number < count; ++number)
            if (reader.document_passes(input_document(list, number), depth_limit, *filter)) chosen.push_back(number);
    }
    return chosen;
}

std::vector<const buffer*> select_documents(const step_value& list, const selector& first, projector& reader,
                                            std::uint32_t depth_limit) {
    std::vector<const buffer*> chosen;
    for (const std::uint32_t number : select_inputs(list, first, reader, depth_limit))
        chosen.push_back(&input_document(list, number));
    return chosen;
}

}  // namespace nearside::aggregators
