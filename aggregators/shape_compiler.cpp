#include "aggregators/shape_compiler.h"

#include "core/json_string.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace nearside::aggregators {

shape_compiler::shape_compiler(const shape_names& names, std::vector<config::complaint>& complaints)
    : names_(names), complaints_(complaints) {
    for (std::uint32_t number = 0; number < names.steps.size(); ++number)
        steps_.try_emplace(names.steps[number].name, number);
}

std::shared_ptr<const shape> shape_compiler::compile(const node& out) {
    const std::size_t before = complaints_.size();
    program_.contexts.emplace_back();
    value(out, 0);
    if (complaints_.size() > before || lost_) return nullptr;
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

void shape_compiler::complain(const node& at, std::string what, std::string mend) {
    complaints_.push_back({at.at, std::move(what), std::move(mend)});
}

void shape_compiler::text(context_id context, std::string_view bytes) {
    std::vector<shape_op>& ops = program_.contexts[context].ops;
    if (ops.size() > barrier_ && ops.back().is == shape_op::kind::text) {
        program_.texts[ops.back().index] += bytes;
        return;
    }
    barrier_ = 0;
    ops.push_back({shape_op::kind::text, static_cast<std::uint32_t>(program_.texts.size())});
    program_.texts.emplace_back(bytes);
}

void shape_compiler::member_name(context_id context, const node& key) {
    std::string json;
    append_json_string(json, key.text);
    text(context, json + ":");
}

element_id shape_compiler::add_element(shape_element::kind kind, const target& where, std::string name,
                                       context_id writer) {
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

void shape_compiler::value(const node& shape_node, context_id context) {
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

void shape_compiler::mapping(const node& shape_node, context_id context) {
    switch (read_head(shape_node, complaints_)) {
        case shape_head::broken:
            break;
        case shape_head::object:
            text(context, "{");
            members(shape_node, context, true);
            text(context, "}");
            break;
        case shape_head::members: {
            const node& with = *shape_node.find("with");
            if (with.is != node::kind::mapping) return complain(with, "`with` is a mapping of members", "");
            text(context, "{");
            members(with, context, true);
            text(context, "}");
            break;
        }
        case shape_head::literal:
            text(context, literal_json(*shape_node.find("literal")));
            break;
        case shape_head::from:
            from(shape_node, context);
            break;
        case shape_head::each:
            loop(shape_node, "each", *shape_node.find("each"), context);
            break;
        case shape_head::flatten:
            loop(shape_node, "flatten", *shape_node.find("flatten"), context);
            break;
        case shape_head::first:
            loop(shape_node, "first", *shape_node.find("first"), context);
            break;
        case shape_head::count:
            count(*shape_node.find("count"), context);
            break;
        case shape_head::merge:
            merge(shape_node, context);
            break;
    }
}

void shape_compiler::members(const node& mapping_node, context_id context, bool first) {
    for (const auto& [key, member] : mapping_node.members) {
        if (!std::exchange(first, false)) text(context, ",");
        member_name(context, key);
        value(member, context);
    }
}

void shape_compiler::plain_reference(const node& at, context_id context) {
    const std::optional<reference> what = parse(at);
    if (!what) return;
    const std::optional<target> where = resolve(at, *what);
    if (where) write(*where, *what, context);
}

void shape_compiler::write(const target& where, const reference& what, context_id context) {
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

void shape_compiler::from(const node& shape_node, context_id context) {
    const node& at = *shape_node.find("from");
    // With words for lists, it is another way to write `each`.
    if (list_words::any(shape_node)) return loop(shape_node, "from", at, context);
    const std::optional<reference> what = parse(at);
    const std::optional<target> where = what ? resolve(at, *what) : std::nullopt;
    if (!where) {
        // The members beside it are read all the same, so that what is wrong in them is told as well.
        lost_ = true;
        if (member_words::any(shape_node)) picked(shape_node, {}, {}, context);
        return;
    }
    if (!member_words::any(shape_node)) return write(*where, *what, context);
    if (where->parameter) return complain(at, fmt::format("'{}' is a text, without members", what->root), "");
    if (!where->definite)
        return complain(at, fmt::format("'{}' selects several values", what->to_string()),
                        "shape each of them with `each:` instead of `from:`");
    picked(shape_node, *where, what->to_string(), context);
}

void shape_compiler::draft_members(const member_words& words, element_draft& draft) {
    draft.omit = words.omit;
    draft.names = words.names;
    for (const auto& [old_name, new_name] : words.renames) {
        std::string json;
        append_json_string(json, new_name);
        draft.renames.emplace_back(old_name, static_cast<std::uint32_t>(program_.new_names.size()));
        program_.new_names.push_back(json + ":");
    }
}

// The members of an object, some or all, and more after them.
void shape_compiler::picked(const node& shape_node, target where, std::string name, context_id context) {
    bool ok = false;
    const member_words words = read_member_words(shape_node, shape_node.find("with"), complaints_, ok);
    if (!ok) return;
    draft_members(words, where.draft);
    const element_id id = add_element(shape_element::kind::pick, where, std::move(name), context);
    const std::size_t start = program_.contexts[context].ops.size();
    if (words.may_meet) {
        program_.elements[id].apart = true;
        program_.contexts[context].ops.push_back(
            {shape_op::kind::merged, static_cast<std::uint32_t>(program_.merges.size())});
        program_.merges.push_back({.parts = {id}, .of_one = true});
    } else {
        program_.contexts[context].ops.push_back({shape_op::kind::members, id});
    }
    finish_object(words.with, context, start);
}

void shape_compiler::finish_object(const node* with, context_id context, std::size_t start) {
    if (with != nullptr && !with->members.empty()) {
        program_.contexts[context].ops.push_back({shape_op::kind::comma});
        members(*with, context, true);
    }
    text(context, "}");
    // What follows is jumped to when there is no object: it must not run together with what was written here.
    barrier_ = program_.contexts[context].ops.size();
    program_.contexts[context].ops[start].otherwise = static_cast<std::uint32_t>(barrier_);
}

void shape_compiler::merge(const node& shape_node, context_id context) {
    bool ok = false;
    const member_words words = read_member_words(shape_node, shape_node.find("with"), complaints_, ok);
    if (!ok) return;
    const node& parts = *shape_node.find("merge");
    shape_merge merged;
    const bool picks_for_all = shape_node.find("pick") != nullptr || shape_node.find("omit") != nullptr ||
                               shape_node.find("rename") != nullptr;
    const auto add = [&](const node& part) {
        if (const std::optional<element_id> id = merge_part(part, words, picks_for_all, context))
            merged.parts.push_back(*id);
    };
    if (parts.is == node::kind::sequence) {
        for (const node& part : parts.items)
            add(part);
    } else {
        add(parts);
    }
    const std::size_t start = program_.contexts[context].ops.size();
    program_.contexts[context].ops.push_back(
        {shape_op::kind::merged, static_cast<std::uint32_t>(program_.merges.size())});
    program_.merges.push_back(std::move(merged));
    finish_object(words.with, context, start);
}

// A reference, or a `from` with words of its own; else those of the merge apply.
std::optional<element_id> shape_compiler::merge_part(const node& part, const member_words& all, bool picks_for_all,
                                                     context_id context) {
    const node* at = &part;
    member_words words = all;
    if (part.is == node::kind::mapping) {
        at = part.find("from");
        const bool plain = at != nullptr && read_head(part, complaints_) == shape_head::from;
        if (!plain || part.find("with") != nullptr || list_words::any(part)) {
            complain(part, "`merge` takes references, and shapes of `from` with `pick`, `omit` or `rename`",
                     "add members of your own with `with:` beside `merge`");
            return std::nullopt;
        }
        if (member_words::any(part) && picks_for_all) {
            complain(part, "what `merge` does to all of its parts, one of them does itself",
                     "write `pick`, `omit` and `rename` in each part, or beside `merge`");
            return std::nullopt;
        }
        bool ok = true;
        if (!picks_for_all) words = read_member_words(part, all.with, complaints_, ok);
        if (!ok) return std::nullopt;
    }
    const std::optional<reference> what = parse(*at);
    if (!what) return std::nullopt;
    std::optional<target> where = resolve(*at, *what);
    if (!where) return std::nullopt;
    if (where->parameter) {
        complain(*at, fmt::format("'{}' is a text, without members", what->root), "");
        return std::nullopt;
    }
    where->whole_list = false;
    draft_members(words, where->draft);
    const element_id id = add_element(shape_element::kind::pick, *where, what->to_string(), context);
    program_.elements[id].apart = true;
    return id;
}

void shape_compiler::count(const node& list, context_id context) {
    const std::optional<reference> what = parse(list);
    if (!what) return;
    const std::optional<target> where = resolve_several(list, *what, "count");
    if (!where) return;
    const element_id id =
        add_element(shape_element::kind::count, *where, fmt::format("count: {}", what->to_string()), context);
    program_.contexts[context].ops.push_back({shape_op::kind::count, id});
}

void shape_compiler::finish_contexts() {
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

}  // namespace nearside::aggregators
