#include "aggregators/view_tags.h"

#include "aggregators/select.h"

#include <set>
#include <utility>

namespace nearside::aggregators {

std::vector<step_index> view_tags::steps() const {
    std::vector<step_index> all;
    for (const auto& [step, paths] : paths_)
        all.push_back(step);
    return all;
}

tag_texts view_tags::values_of(const source& from, const selected& found,
                               const std::map<std::string, std::string, std::less<>>& inputs) {
    if (from.step) return tag_texts_of(found.at(*from.step)[from.path], most);
    const auto input = inputs.find(from.input);
    if (input == inputs.end() || input->second.empty()) return {};
    return {{input->second}, 0};
}

result<view_tags::made> view_tags::make(std::span<const step_value> values,
                                        const std::map<std::string, std::string, std::less<>>& inputs,
                                        std::uint32_t json_depth) const {
    selected found;
    for (const auto& [step, paths] : paths_) {
        auto read = select(values[step], paths, {.depth = json_depth});
        if (!read) return std::move(read).error();
        found.emplace(step, *std::move(read));
    }
    made all;
    std::set<std::string> tags;
    for (const std::vector<piece>& pieces : templates_) {
        std::vector<std::string> grown(1);
        for (const piece& part : pieces) {
            for (std::string& tag : grown)
                tag += part.literal;
            if (!part.then) continue;
            const tag_texts by = values_of(*part.then, found, inputs);
            all.left_out += by.left_out;
            grown = grown_tags(grown, by.texts);
        }
        for (std::string& tag : grown) {
            if (tag.size() > longest || (tags.size() == most && !tags.contains(tag))) {
                ++all.left_out;
            } else {
                tags.insert(std::move(tag));
            }
        }
    }
    all.tags.assign(tags.begin(), tags.end());
    return all;
}

}  // namespace nearside::aggregators
