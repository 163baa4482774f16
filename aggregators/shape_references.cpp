#include "aggregators/shape_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// What a reference in `out` leads to, or why to nothing.
namespace nearside::aggregators {

std::optional<reference> shape_compiler::parse(const node& at) {
    if (at.is != node::kind::scalar) {
        complain(at, "a reference is needed here", "write the name of a step, as in `project.name`");
        return std::nullopt;
    }
    auto what = parse_reference(at.text);
    if (what) return std::move(*what);
    config::position where = at.at;
    where.column += static_cast<std::uint32_t>(what.error().offset) + (at.quoted ? 1 : 0);
    complaints_.push_back({where, fmt::format("'{}': {}", at.text, what.error().what), what.error().mend});
    return std::nullopt;
}

std::vector<std::string_view> shape_compiler::all_names() const {
    std::vector<std::string_view> all;
    for (const auto& step : names_.steps)
        all.emplace_back(step.name);
    for (const std::string& parameter : names_.parameters)
        all.emplace_back(parameter);
    for (const loop_scope& loop : loops_)
        if (!loop.name.empty()) all.emplace_back(loop.name);
    return all;
}

bool shape_compiler::is_free(const std::string& name) const {
    const std::vector<std::string_view> all = all_names();
    const auto as_reference = parse_reference(name);
    return std::ranges::find(all, name) == all.end() && as_reference && as_reference->root == name;
}

const shape_compiler::loop_scope* shape_compiler::find_loop(std::string_view name) const {
    const auto found = std::ranges::find(loops_, name, &loop_scope::name);
    return found == loops_.end() ? nullptr : &*found;
}

// Nothing is told of it here: what it hangs on has been complained about.
std::nullopt_t shape_compiler::lost() noexcept {
    lost_ = true;
    return std::nullopt;
}

std::optional<shape_compiler::target> shape_compiler::resolve(const node& at, const reference& what) {
    target where;
    where.draft.path = what.path.selectors;
    where.definite = what.path.definite();
    if (const loop_scope* loop = find_loop(what.root)) {
        if (loop->lost) return lost();
        if (what.loop) {
            complain(at, fmt::format("'{}' is the item of a loop, not an `each` step", what.root), "");
            return std::nullopt;
        }
        where.draft.in = shape_walk::document::item;
        where.home = loop->context;
        where.step = loop->step;
        find_base(where);
        return where;
    }
    if (const auto found = steps_.find(what.root); found != steps_.end()) {
        const shape_names::step& step = names_.steps[found->second];
        if (step.faulty) return lost();
        where.step = found->second;
        return step.list ? resolve_list(at, what, step, std::move(where)) : resolve_single(at, what, std::move(where));
    }
    if (std::ranges::find(names_.parameters, what.root) != names_.parameters.end()) {
        where.parameter = true;
        if (what.loop || !what.path.selectors.empty()) {
            complain(at, fmt::format("'{}' is a parameter: a text, without members", what.root),
                     fmt::format("write `{}`", what.root));
            return std::nullopt;
        }
        return where;
    }
    const bool alone = !what.loop && what.path.selectors.empty();
    if (!names_.all_steps || (alone && !names_.all_parameters)) return lost();
    const std::vector<std::string_view> all = all_names();
    const std::string_view near = config::nearest_name(what.root, all);
    complain(at, fmt::format("nothing is called '{}' here", what.root),
             near.empty() ? fmt::format("name a step or a parameter; a constant text is `{{literal: {}}}`", at.text)
                          : fmt::format("did you mean '{}'? A constant text is `{{literal: {}}}`", near, at.text));
    return std::nullopt;
}

std::optional<shape_compiler::target> shape_compiler::resolve_single(const node& at, const reference& what,
                                                                     target where) {
    if (what.loop) {
        complain(at, fmt::format("'{}' is one document, not one for each '{}'", what.root, *what.loop),
                 fmt::format("write `{}`, or give the step an `each`", what.root));
        return std::nullopt;
    }
    find_base(where);
    return where;
}

std::optional<shape_compiler::target> shape_compiler::resolve_list(const node& at, const reference& what,
                                                                   const shape_names::step& step, target where) {
    if (what.loop) {
        const loop_scope* const loop = find_loop(*what.loop);
        if (loop == nullptr) {
            complain(at, fmt::format("no loop here is called '{}'", *what.loop),
                     fmt::format("use it inside an `each` with `as: {}`; an index is a number, as in `{}[0]`",
                                 *what.loop, what.root));
            return std::nullopt;
        }
        if (loop->lost) return lost();
        const std::string& over = names_.steps[loop->step].name;
        if (!step.each_root.empty() && over != step.each_root) {
            complain(at,
                     fmt::format("'{}' has a result for each item of '{}', and '{}' is an item of '{}'", what.root,
                                 step.each_root, *what.loop, over),
                     fmt::format("loop over `{}` here", step.each_root));
            return std::nullopt;
        }
        where.draft.in = shape_walk::document::lookup;
        where.home = loop->context;
        find_base(where);
        return where;
    }
    if (what.path.selectors.empty()) {
        where.draft.first = wildcard_selector{};
        where.whole_list = true;
        where.definite = false;
        return where;
    }
    if (std::holds_alternative<name_selector>(what.path.selectors.front())) {
        complain(at, fmt::format("'{}' is a list, with one result for each item", what.root),
                 fmt::format("write `{}[*]` for all of them, `{}[item]` inside an `each` for the item's own", what.root,
                             what.root));
        return std::nullopt;
    }
    where.draft.first = what.path.selectors.front();
    where.draft.path.erase(where.draft.path.begin());
    if (std::holds_alternative<index_selector>(*where.draft.first)) find_base(where);
    return where;
}

// The value that the first of a path's selectors for several values applies to.
void shape_compiler::find_base(target& where) {
    if (where.definite) return;
    const auto several = std::ranges::find_if_not(where.draft.path, [](const selector& part) {
        return std::holds_alternative<name_selector>(part) || std::holds_alternative<index_selector>(part);
    });
    where.draft.has_base = true;
    where.draft.base_length = static_cast<std::size_t>(several - where.draft.path.begin());
}

std::optional<shape_compiler::target> shape_compiler::resolve_several(const node& at, const reference& what,
                                                                      std::string_view word) {
    std::optional<target> where = resolve(at, what);
    if (!where) return std::nullopt;
    const bool takes_whole_lists = word == "count" || word == "flatten" || word == "first";
    if (!where->parameter && !where->definite && (!where->whole_list || takes_whole_lists)) return where;
    const bool may_be_member = word == "count" || word == "flatten" || word == "first";
    complain(at,
             fmt::format("`{}` needs a reference that selects several values, and '{}' is one", word, what.to_string()),
             may_be_member
                 ? fmt::format("write `{}[*]`; a member called `{}` is written below `with:`", what.to_string(), word)
                 : fmt::format("write `{}[*]`", what.to_string()));
    return std::nullopt;
}

}  // namespace nearside::aggregators
