#include "aggregators/shape.h"

#include "aggregators/json_path.h"
#include "aggregators/json_text.h"
#include "aggregators/shape_program.h"
#include "aggregators/shape_schedule.h"
#include "core/json_string.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

namespace nearside::aggregators {
namespace {

using config::node;

constexpr std::string_view known_keys[] = {"from", "each", "as", "pick", "omit", "with", "literal"};
// Of the language, yet not of this version.
constexpr std::string_view later_keys[] = {"rename", "first", "count", "sort", "limit", "flatten", "merge", "jq"};
// These make a mapping a shape rather than an object with members of these names.
constexpr std::string_view shape_keys[] = {"from", "each", "literal", "with", "pick", "omit", "rename", "merge", "jq"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_bare_literal(const node& value) {
    return !value.quoted && (value.text.empty() || value.text == "null" || value.text == "~" || value.text == "true" ||
                             value.text == "false" || is_json_number(value.text));
}

class shape_compiler {
public:
    shape_compiler(const shape_names& names, std::vector<config::complaint>& complaints)
        : names_(names), complaints_(complaints) {
        for (std::uint32_t number = 0; number < names.steps.size(); ++number)
            steps_.try_emplace(names.steps[number].name, number);
    }

    std::shared_ptr<const shape> compile(const node& out) {
        const std::size_t before = complaints_.size();
        program_.contexts.emplace_back();
        value(out, 0);
        if (complaints_.size() > before) return nullptr;
        finish_contexts();
        if (!schedule(program_, drafts_)) {
            complain(out, fmt::format("more than {} picks of the same value", need::most_picks),
                     "gather the names in fewer picks");
            return nullptr;
        }
        std::set<std::uint32_t> read;
        for (const shape_element& one : program_.elements)
            read.insert(one.step);
        program_.steps.assign(read.begin(), read.end());
        return std::make_shared<const shape>(std::make_shared<const shape_program>(std::move(program_)));
    }

private:
    struct loop_scope {
        std::string name;  // may be empty
        context_id context = 0;
        std::uint32_t step = 0;  // whose document the items come from
        std::set<element_id> uses;
    };
    // Where a reference leads.
    struct target {
        bool parameter = false;
        element_draft draft;
        context_id home = 0;
        std::uint32_t step = 0;
        bool definite = true;
        bool whole_list = false;
    };

    void complain(const node& at, std::string what, std::string mend) {
        complaints_.push_back({at.at, std::move(what), std::move(mend)});
    }

    // ---- writing

    void text(context_id context, std::string_view bytes) {
        std::vector<shape_op>& ops = program_.contexts[context].ops;
        if (ops.size() > barrier_ && ops.back().is == shape_op::kind::text) {
            program_.texts[ops.back().index] += bytes;
            return;
        }
        barrier_ = 0;
        ops.push_back({shape_op::kind::text, static_cast<std::uint32_t>(program_.texts.size())});
        program_.texts.emplace_back(bytes);
    }

    void member_name(context_id context, const node& key) {
        std::string json;
        append_json_string(json, key.text);
        text(context, json + ":");
    }

    element_id add_element(shape_element::kind kind, const target& where, std::string name, context_id writer) {
        const auto id = static_cast<element_id>(program_.elements.size());
        shape_element& element = program_.elements.emplace_back();
        element.is = kind;
        element.home = where.home;
        element.step = where.step;
        element.whole_list = where.whole_list;
        element.text = std::move(name);
        drafts_.push_back(where.draft);
        if (!loops_.empty()) loops_.back().uses.insert(id);
        if (where.home != writer) drafts_.back().needed = true;
        return id;
    }

    void value(const node& shape_node, context_id context) {
        if (shape_node.faulty) return;
        switch (shape_node.is) {
            case node::kind::null:
                text(context, "null");
                break;
            case node::kind::scalar:
                if (is_bare_literal(shape_node)) {
                    text(context, literal_json(shape_node));
                } else {
                    plain_reference(shape_node, context);
                }
                break;
            case node::kind::sequence: {
                text(context, "[");
                bool first = true;
                for (const node& item : shape_node.items) {
                    if (!std::exchange(first, false)) text(context, ",");
                    value(item, context);
                }
                text(context, "]");
                break;
            }
            case node::kind::mapping:
                mapping(shape_node, context);
                break;
        }
    }

    void mapping(const node& shape_node, context_id context) {
        const bool is_shape = std::ranges::any_of(
            shape_node.members, [](const auto& member) { return contains(shape_keys, member.key.text); });
        if (!is_shape) {
            text(context, "{");
            members(shape_node, context, true);
            text(context, "}");
            return;
        }
        if (!check_keys(shape_node)) return;
        if (const node* literal = shape_node.find("literal")) {
            if (shape_node.members.size() > 1) complain(shape_node, "`literal` stands alone", "remove the other keys");
            text(context, literal_json(*literal));
        } else if (const node* list = shape_node.find("each")) {
            each(shape_node, *list, context);
        } else if (const node* from = shape_node.find("from")) {
            if (const node* as = shape_node.find("as")) complain(*as, "`as` names the item of an `each`", "remove it");
            starting_at(shape_node, *from, context);
        } else if (shape_node.find("with") != nullptr && shape_node.members.size() == 1) {
            const node& with = *shape_node.find("with");
            if (with.is != node::kind::mapping) return complain(with, "`with` is a mapping of members", "");
            text(context, "{");
            members(with, context, true);
            text(context, "}");
        } else {
            complain(shape_node, fmt::format("`{}` needs a `from` or an `each`", shape_node.members.front().key.text),
                     "say what it applies to; an object with members of these names is written below `with:`");
        }
    }

    bool check_keys(const node& shape_node) {
        const std::size_t before = complaints_.size();
        for (const auto& [key, ignored] : shape_node.members) {
            if (contains(known_keys, key.text)) continue;
            if (contains(later_keys, key.text)) {
                complain(key, fmt::format("`{}` is not in this version of nearside", key.text), "remove it");
                continue;
            }
            const std::string_view near = config::nearest_name(
                key.text, std::vector<std::string_view>(std::begin(known_keys), std::end(known_keys)));
            complain(key, fmt::format("unknown key `{}` in a shape", key.text),
                     near.empty() ? "members of your own go below `with:`"
                                  : fmt::format("did you mean `{}`? Members of your own go below `with:`", near));
        }
        return complaints_.size() == before;
    }

    void members(const node& mapping_node, context_id context, bool first) {
        for (const auto& [key, member] : mapping_node.members) {
            if (!std::exchange(first, false)) text(context, ",");
            member_name(context, key);
            value(member, context);
        }
    }

    void plain_reference(const node& at, context_id context) {
        const std::optional<reference> what = parse(at);
        if (!what) return;
        const std::optional<target> where = resolve(at, *what);
        if (where) write(*where, *what, context);
    }

    void write(const target& where, const reference& what, context_id context) {
        shape_op op;
        if (where.parameter) {
            op = {shape_op::kind::parameter, static_cast<std::uint32_t>(program_.parameters.size())};
            program_.parameters.push_back(what.root);
        } else if (where.definite) {
            op = {shape_op::kind::value, add_element(shape_element::kind::capture, where, what.to_string(), context)};
        } else {
            op = {shape_op::kind::list, add_element(shape_element::kind::collect, where, what.to_string(), context)};
        }
        program_.contexts[context].ops.push_back(op);
    }

    void starting_at(const node& shape_node, const node& from, context_id context) {
        const std::optional<reference> what = parse(from);
        if (!what) return;
        const std::optional<target> where = resolve(from, *what);
        if (!where) return;
        if (!has_members(shape_node)) return write(*where, *what, context);
        if (where->parameter) return complain(from, fmt::format("'{}' is a text, without members", what->root), "");
        if (!where->definite)
            return complain(from, fmt::format("'{}' selects several values", what->to_string()),
                            "shape each of them with `each:` instead of `from:`");
        picked(shape_node, *where, what->to_string(), context);
    }

    static bool has_members(const node& shape_node) {
        return shape_node.find("pick") != nullptr || shape_node.find("omit") != nullptr ||
               shape_node.find("with") != nullptr;
    }

    // The members of an object, some or all, and more after them.
    void picked(const node& shape_node, target where, std::string name, context_id context) {
        const node* const pick = shape_node.find("pick");
        const node* const omit = shape_node.find("omit");
        const node* const with = shape_node.find("with");
        if (pick != nullptr && omit != nullptr)
            return complain(*omit, "`pick` and `omit` exclude each other", "keep one");
        if (with != nullptr && with->is != node::kind::mapping)
            return complain(*with, "`with` is a mapping of members", "write `with: {name: reference}`");
        where.draft.omit = pick == nullptr;
        if (pick != nullptr) where.draft.names = member_names(*pick, "pick");
        if (omit != nullptr) where.draft.names = member_names(*omit, "omit");
        if (with != nullptr) {
            for (const auto& [key, member] : with->members) {
                if (where.draft.omit) {
                    where.draft.names.push_back(key.text);
                } else {
                    std::erase(where.draft.names, key.text);
                }
            }
        }
        const element_id id = add_element(shape_element::kind::pick, where, std::move(name), context);
        const std::size_t start = program_.contexts[context].ops.size();
        program_.contexts[context].ops.push_back({shape_op::kind::members, id});
        if (with != nullptr && !with->members.empty()) {
            program_.contexts[context].ops.push_back({shape_op::kind::comma, id});
            members(*with, context, true);
        }
        text(context, "}");
        // What follows is jumped to when there is no object: it must not run together with what was written here.
        barrier_ = program_.contexts[context].ops.size();
        program_.contexts[context].ops[start].otherwise = static_cast<std::uint32_t>(barrier_);
    }

    std::vector<std::string> member_names(const node& list, std::string_view key) {
        std::vector<std::string> names;
        const auto add = [&](const node& name) {
            if (name.is != node::kind::scalar) {
                complain(name, fmt::format("`{}` takes names of members", key),
                         fmt::format("write `{}: [id, name]`", key));
            } else if (!name.quoted && name.text.find_first_of(".[") != std::string::npos) {
                complain(name, fmt::format("`{}` takes names of members, and '{}' looks like a path", key, name.text),
                         "take a path with `with: {name: reference}`; quote a name that has such characters");
            } else if (std::ranges::find(names, name.text) == names.end()) {
                names.push_back(name.text);
            }
        };
        if (list.is == node::kind::sequence) {
            for (const node& name : list.items)
                add(name);
        } else {
            add(list);
        }
        return names;
    }

    void each(const node& shape_node, const node& list, context_id context) {
        loop_scope scope;
        if (const node* as = shape_node.find("as")) {
            if (as->is != node::kind::scalar || !is_free(as->text)) {
                complain(*as,
                         fmt::format("'{}' cannot name the item: a step, parameter or loop has that name, or it is "
                                     "none",
                                     as->text),
                         "choose another name");
            }
            scope.name = as->text;
        }
        if (shape_node.find("from") != nullptr)
            complain(shape_node, "`from` and `each` exclude each other", "keep one");
        const std::optional<reference> what = parse(list);
        if (!what) return;
        std::optional<target> where = resolve(list, *what);
        if (!where) return;
        if (where->parameter || where->definite || where->whole_list)
            return complain(
                list,
                fmt::format("`each` needs a reference that selects several values, and '{}' is one", what->to_string()),
                fmt::format("write `{}[*]`", what->to_string()));

        scope.context = static_cast<context_id>(program_.contexts.size());
        scope.step = where->step;
        program_.contexts.emplace_back();
        const context_id body = scope.context;
        loops_.push_back(std::move(scope));

        target item;
        item.draft.in = shape_walk::document::item;
        item.home = body;
        item.step = where->step;
        const std::size_t outer_barrier = std::exchange(barrier_, 0);
        const std::string name = loops_.back().name.empty() ? what->to_string() : loops_.back().name;
        if (has_members(shape_node)) {
            picked(shape_node, item, name, body);
        } else {
            const element_id whole = add_element(shape_element::kind::capture, item, name, body);
            program_.contexts[body].ops.push_back({shape_op::kind::value, whole});
        }
        barrier_ = outer_barrier;
        mark_direct(body);

        std::set<element_id> uses = std::move(loops_.back().uses);
        loops_.pop_back();
        // The loop is run in the innermost context that its list or its text depends on, at the least often.
        std::size_t home = chain_position(where->home);
        std::erase_if(uses, [&](element_id used) { return program_.elements[used].home == body; });
        for (const element_id used : uses)
            home = std::max(home, chain_position(program_.elements[used].home));
        where->home = home == 0 ? 0 : loops_[home - 1].context;
        where->draft.needs = uses;
        const element_id loop = add_element(shape_element::kind::loop, *where, what->to_string(), context);
        program_.elements[loop].body = body;
        program_.contexts[body].loop = loop;
        for (const element_id used : uses) {
            drafts_[used].needed = true;
            if (!loops_.empty()) loops_.back().uses.insert(used);
        }
        program_.contexts[context].ops.push_back({shape_op::kind::list, loop});
    }

    // Members of the item that its text begins with need no place of their own to wait in.
    void mark_direct(context_id body) {
        if (program_.contexts[body].ops.empty()) return;
        const shape_op& opening = program_.contexts[body].ops.front();
        if (opening.is != shape_op::kind::members) return;
        const element_draft& pick = drafts_[opening.index];
        program_.elements[opening.index].direct =
            program_.elements[opening.index].home == body && pick.in == shape_walk::document::item && pick.path.empty();
    }

    // 0 for the view, n for the n-th enclosing loop.
    std::size_t chain_position(context_id context) const {
        for (std::size_t at = 0; at < loops_.size(); ++at)
            if (loops_[at].context == context) return at + 1;
        return 0;
    }

    // ---- references

    std::optional<reference> parse(const node& at) {
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

    std::vector<std::string_view> all_names() const {
        std::vector<std::string_view> all;
        for (const auto& step : names_.steps)
            all.emplace_back(step.name);
        for (const std::string& parameter : names_.parameters)
            all.emplace_back(parameter);
        for (const loop_scope& loop : loops_)
            if (!loop.name.empty()) all.emplace_back(loop.name);
        return all;
    }

    bool is_free(const std::string& name) const {
        const std::vector<std::string_view> all = all_names();
        const auto as_reference = parse_reference(name);
        return std::ranges::find(all, name) == all.end() && as_reference && as_reference->root == name;
    }

    const loop_scope* find_loop(std::string_view name) const {
        const auto found = std::ranges::find(loops_, name, &loop_scope::name);
        return found == loops_.end() ? nullptr : &*found;
    }

    std::optional<target> resolve(const node& at, const reference& what) {
        target where;
        where.draft.path = what.path.selectors;
        where.definite = what.path.definite();
        if (const loop_scope* loop = find_loop(what.root)) {
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
            where.step = found->second;
            return step.list ? resolve_list(at, what, step, std::move(where))
                             : resolve_single(at, what, std::move(where));
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
        const std::vector<std::string_view> all = all_names();
        const std::string_view near = config::nearest_name(what.root, all);
        complain(at, fmt::format("nothing is called '{}' here", what.root),
                 near.empty() ? fmt::format("name a step or a parameter; a constant text is `{{literal: {}}}`", at.text)
                              : fmt::format("did you mean '{}'? A constant text is `{{literal: {}}}`", near, at.text));
        return std::nullopt;
    }

    std::optional<target> resolve_single(const node& at, const reference& what, target where) {
        if (what.loop) {
            complain(at, fmt::format("'{}' is one document, not one for each '{}'", what.root, *what.loop),
                     fmt::format("write `{}`, or give the step an `each`", what.root));
            return std::nullopt;
        }
        find_base(where);
        return where;
    }

    std::optional<target> resolve_list(const node& at, const reference& what, const shape_names::step& step,
                                       target where) {
        if (what.loop) {
            const loop_scope* const loop = find_loop(*what.loop);
            if (loop == nullptr) {
                complain(at, fmt::format("no loop here is called '{}'", *what.loop),
                         fmt::format("use it inside an `each` with `as: {}`; an index is a number, as in `{}[0]`",
                                     *what.loop, what.root));
                return std::nullopt;
            }
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
                     fmt::format("write `{}[*]` for all of them, `{}[item]` inside an `each` for the item's own",
                                 what.root, what.root));
            return std::nullopt;
        }
        where.draft.first = what.path.selectors.front();
        where.draft.path.erase(where.draft.path.begin());
        if (std::holds_alternative<index_selector>(*where.draft.first)) find_base(where);
        return where;
    }

    // The value that the first of a path's selectors for several values applies to.
    static void find_base(target& where) {
        if (where.definite) return;
        const auto several = std::ranges::find_if_not(where.draft.path, [](const selector& part) {
            return std::holds_alternative<name_selector>(part) || std::holds_alternative<index_selector>(part);
        });
        where.draft.has_base = true;
        where.draft.base_length = static_cast<std::size_t>(several - where.draft.path.begin());
    }

    void finish_contexts() {
        for (element_id id = 0; id < program_.elements.size(); ++id)
            program_.contexts[program_.elements[id].home].elements.push_back(id);
        // A loop's context is made before those of the loops in it, but these may have been moved out of it.
        const auto depth_of = [&](auto& self, context_id context) -> std::uint32_t {
            const element_id loop = program_.contexts[context].loop;
            return loop == none ? 0 : 1 + self(self, program_.elements[loop].home);
        };
        for (context_id number = 0; number < program_.contexts.size(); ++number)
            program_.contexts[number].depth = depth_of(depth_of, number);
    }

    const shape_names& names_;
    std::unordered_map<std::string_view, std::uint32_t> steps_;  // numbers of names_.steps
    std::vector<config::complaint>& complaints_;
    shape_program program_;
    std::vector<element_draft> drafts_;
    std::vector<loop_scope> loops_;  // enclosing, innermost last
    std::size_t barrier_ = 0;        // ops up to here must not be added to
};

}  // namespace

shape::shape(std::shared_ptr<const shape_program> program) : program_(std::move(program)), steps_(program_->steps) {}

std::shared_ptr<const shape> compile_shape(const config::node& out, const shape_names& names,
                                           std::vector<config::complaint>& complaints) {
    return shape_compiler(names, complaints).compile(out);
}

std::shared_ptr<const shape> whole_steps_shape(const shape_names& names) {
    node out;
    out.is = node::kind::mapping;
    for (const auto& step : names.steps) {
        node key;
        key.is = node::kind::scalar;
        key.text = step.name;
        key.quoted = true;
        out.members.push_back({key, key});
    }
    node with;
    with.is = node::kind::scalar;
    with.text = "with";
    node whole;
    whole.is = node::kind::mapping;
    whole.members.push_back({std::move(with), std::move(out)});
    std::vector<config::complaint> complaints;
    return compile_shape(whole, names, complaints);
}

}  // namespace nearside::aggregators
