#include "aggregators/tag_texts.h"

#include <set>
#include <utility>

namespace nearside::aggregators {

tag_texts tag_texts_of(std::span<const json_value> values, std::size_t most) {
    std::set<std::string> texts;
    std::size_t left_out = 0;
    for (const json_value& value : values) {
        if (value.missing_or_null()) continue;
        result<std::string> text = text_of(value);
        if (!text) continue;
        if (texts.size() < most) {
            texts.insert(*std::move(text));
        } else if (!texts.contains(*text)) {
            ++left_out;
        }
    }
    tag_texts found{{}, left_out};
    found.texts.reserve(texts.size());
    while (!texts.empty())
        found.texts.push_back(std::move(texts.extract(texts.begin()).value()));
    return found;
}

std::vector<std::string> grown_tags(const std::vector<std::string>& tags, const std::vector<std::string>& texts) {
    std::vector<std::string> longer;
    longer.reserve(tags.size() * texts.size());
    for (const std::string& tag : tags) {
        for (const std::string& text : texts)
            longer.push_back(tag + text);
    }
    return longer;
}

}  // namespace nearside::aggregators
