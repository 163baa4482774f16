#include "aggregators/view_tags.h"

#include "aggregators/braces.h"
#include "aggregators/select.h"
#include "config/complain.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace nearside::aggregators {

using config::quote;

namespace {

std::vector<std::string_view> known_names(const shape_names& names) {
    std::vector<std::string_view> known;
    for (const shape_names::step& step : names.steps)
        known.push_back(step.name);
    known.insert(known.end(), names.parameters.begin(), names.parameters.end());
    return known;
}

std::vector<std::string> texts_of(std::span<const json_value> values) {
    std::set<std::string> texts;
    for (const json_value& value : values) {
        if (value.missing_or_null()) continue;
        result<std::string> text = text_of(value);
        if (text && texts.size() <= view_tags::most) texts.insert(*std::move(text));
    }
    return {texts.begin(), texts.end()};
}

}  // namespace

view_tags compile_view_tags(std::span<const config::located<std::string>> texts, const shape_names& names,
                            std::vector<config::complaint>& complaints) {
    view_tags made;
    for (const config::located<std::string>& text : texts) {
        const auto complain = [&](std::size_t offset, std::string what, std::string mend) {
            complaints.push_back({config::position_within(text, offset), std::move(what), std::move(mend)});
        };
        auto split = split_at_braces(text.value);
        if (!split) {
            const path_problem& problem = split.error();
            complain(problem.offset, problem.what, problem.mend);
            continue;
        }
        std::vector<view_tags::piece> pieces;
        bool many = false;
        bool good = true;
        for (braced_piece& part : *split) {
            if (!part.reference) {
                pieces.push_back({std::move(part.literal), std::nullopt});
                continue;
            }
            const auto refuse = [&](std::string what, std::string mend) {
                good = false;
                complain(part.offset, std::move(what), std::move(mend));
            };
            const parsed<reference> read = parse_reference(*part.reference);
            if (!read) {
                const path_problem& problem = read.error();
                good = false;
                complain(part.offset + problem.offset, problem.what, problem.mend);
                continue;
            }
            view_tags::source from;
            const auto step = std::find_if(names.steps.begin(), names.steps.end(),
                                           [&](const shape_names::step& each) { return each.name == read->root; });
            const bool is_input =
                std::find(names.parameters.begin(), names.parameters.end(), read->root) != names.parameters.end();
            if (step != names.steps.end() && read->loop) {
                refuse("there is no loop here for " + quote(*read->loop),
                       "write " + read->root + "[*] for one tag each");
            } else if (step != names.steps.end() && read->path.selectors.empty()) {
                refuse(quote(read->root) + " is a whole document", "name a part of it: {" + read->root + ".id}");
            } else if (step != names.steps.end()) {
                if (!read->path.definite() && std::exchange(many, true))
                    refuse("two references of one tag select many values",
                           "give each its own tag, or select one value");
                from.step = static_cast<step_index>(step - names.steps.begin());
                std::vector<json_path>& paths = made.paths_[*from.step];
                from.path = static_cast<std::uint32_t>(paths.size());
                paths.push_back(read->path);
            } else if (is_input && (read->loop || !read->path.selectors.empty())) {
                refuse(quote(read->root) + " is an input: it has no parts", "write {" + read->root + "}");
            } else if (is_input) {
                from.input = read->root;
            } else {
                refuse("nothing here is called " + quote(read->root),
                       config::suggest_name(read->root, known_names(names)));
            }
            pieces.push_back({std::move(part.literal), std::move(from)});
        }
        if (good && pieces.empty()) complain(0, "a tag without a name", "write one, such as `project:{id}`");
        if (good) made.templates_.push_back(std::move(pieces));
    }
    return made;
}

std::vector<step_index> view_tags::steps() const {
    std::vector<step_index> all;
    for (const auto& [step, paths] : paths_)
        all.push_back(step);
    return all;
}

std::vector<std::string> view_tags::values_of(const source& from, const selected& found,
                                              const std::map<std::string, std::string, std::less<>>& inputs) {
    if (from.step) return found.at(*from.step)[from.path];
    const auto input = inputs.find(from.input);
    return input == inputs.end() || input->second.empty() ? std::vector<std::string>{}
                                                          : std::vector<std::string>{input->second};
}

result<view_tags::made> view_tags::make(std::span<const step_value> values,
                                        const std::map<std::string, std::string, std::less<>>& inputs,
                                        std::uint32_t json_depth) const {
    selected found;
    for (const auto& [step, paths] : paths_) {
        auto read = select(values[step], paths, {.depth = json_depth});
        if (!read) return std::move(read).error();
        std::vector<std::vector<std::string>>& texts = found[step];
        for (const std::vector<json_value>& each : *read)
            texts.push_back(texts_of(each));
    }
    made all;
    std::set<std::string> tags;
    for (const std::vector<piece>& pieces : templates_) {
        std::vector<std::string> grown(1);
        for (const piece& part : pieces) {
            for (std::string& tag : grown)
                tag += part.literal;
            if (!part.then) continue;
            const std::vector<std::string> texts = values_of(*part.then, found, inputs);
            std::vector<std::string> longer;
            longer.reserve(grown.size() * texts.size());
            for (const std::string& tag : grown) {
                for (const std::string& text : texts)
                    longer.push_back(tag + text);
            }
            grown = std::move(longer);
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
