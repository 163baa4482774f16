#include "aggregators/braces.h"
#include "aggregators/view_tags.h"
#include "config/complain.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace nearside::aggregators {

using config::quote;

// One tag, from its text to its pieces; complains of all that is wrong with it.
class view_tag_compiler {
public:
    view_tag_compiler(const config::located<std::string>& text, const shape_names& names,
                      std::vector<config::complaint>& complaints)
        : text_(text), names_(names), complaints_(complaints) {}

    // What is read of steps is added to `into`, and the tag where nothing is wrong with it.
    void compile(view_tags& into) {
        auto split = split_at_braces(text_.value);
        if (!split) {
            const path_problem& problem = split.error();
            return refuse(problem.offset, problem.what, problem.mend);
        }
        std::vector<view_tags::piece> pieces;
        for (braced_piece& part : *split) {
            std::optional<view_tags::source> then;
            if (part.reference) then = source_of(part, into);
            pieces.push_back({std::move(part.literal), std::move(then)});
        }
        if (good_ && pieces.empty()) refuse(0, "a tag without a name", "write one, such as `project:{id}`");
        if (good_) into.templates_.push_back(std::move(pieces));
    }

private:
    void refuse(std::size_t offset, std::string what, std::string mend) {
        good_ = false;
        complaints_.push_back({config::position_within(text_, offset), std::move(what), std::move(mend)});
    }

    std::optional<view_tags::source> source_of(const braced_piece& part, view_tags& into) {
        const parsed<reference> read = parse_reference(*part.reference);
        if (!read) {
            const path_problem& problem = read.error();
            refuse(part.offset + problem.offset, problem.what, problem.mend);
            return std::nullopt;
        }
        const auto step = std::find_if(names_.steps.begin(), names_.steps.end(),
                                       [&](const shape_names::step& each) { return each.name == read->root; });
        if (step != names_.steps.end() && step->faulty) return std::nullopt;  // told already
        if (step != names_.steps.end())
            return of_step(part, *read, static_cast<step_index>(step - names_.steps.begin()), into);
        if (std::find(names_.parameters.begin(), names_.parameters.end(), read->root) == names_.parameters.end()) {
            const bool alone = !read->loop && read->path.selectors.empty();
            if (!names_.all_steps || (alone && !names_.all_parameters)) return std::nullopt;  // told already
            refuse(part.offset, "nothing here is called " + quote(read->root),
                   config::suggest_name(read->root, known_names()));
            return std::nullopt;
        }
        if (read->loop || !read->path.selectors.empty())
            refuse(part.offset, quote(read->root) + " is an input: it has no parts", "write {" + read->root + "}");
        return view_tags::source{.step = std::nullopt, .input = read->root};
    }

    std::optional<view_tags::source> of_step(const braced_piece& part, const reference& read, step_index step,
                                             view_tags& into) {
        if (read.loop) {
            refuse(part.offset, "there is no loop here for " + quote(*read.loop),
                   "write " + read.root + "[*] for one tag each");
            return std::nullopt;
        }
        if (read.path.selectors.empty()) {
            refuse(part.offset, quote(read.root) + " is a whole document", "name a part of it: {" + read.root + ".id}");
            return std::nullopt;
        }
        if (!read.path.definite() && std::exchange(selects_many_, true))
            refuse(part.offset, "two references of one tag select many values",
                   "give each its own tag, or select one value");
        std::vector<json_path>& paths = into.paths_[step];
        paths.push_back(read.path);
        return view_tags::source{.step = step, .input = {}, .path = static_cast<std::uint32_t>(paths.size() - 1)};
    }

    std::vector<std::string_view> known_names() const {
        std::vector<std::string_view> known;
        for (const shape_names::step& step : names_.steps)
            known.push_back(step.name);
        known.insert(known.end(), names_.parameters.begin(), names_.parameters.end());
        return known;
    }

    const config::located<std::string>& text_;
    const shape_names& names_;
    std::vector<config::complaint>& complaints_;
    bool good_ = true;
    bool selects_many_ = false;
};

view_tags compile_view_tags(std::span<const config::located<std::string>> texts, const shape_names& names,
                            std::vector<config::complaint>& complaints) {
    view_tags made;
    for (const config::located<std::string>& text : texts)
        view_tag_compiler(text, names, complaints).compile(made);
    return made;
}

}  // namespace nearside::aggregators
