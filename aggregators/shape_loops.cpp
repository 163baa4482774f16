#include "aggregators/shape_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// Lists: a shape for each value that a reference selects.
namespace nearside::aggregators {

void shape_compiler::loop(const node& shape_node, std::string_view word, const node& list, context_id context) {
    const list_words words = read_list_words(shape_node, complaints_);
    const std::optional<reference> what = parse(list);
    std::optional<target> where = what ? resolve_several(list, *what, word) : std::nullopt;
    if (!where) return lost_loop(shape_node, words);
    where->draft.flat = word == "flatten";
    // What stands in for a whole list is gone through item by item.
    where->whole_list = false;
    open_loop(shape_node, *where);
    const context_id body = loops_.back().context;

    target item;
    item.draft.in = shape_walk::document::item;
    item.home = body;
    item.step = where->step;
    const std::size_t outer_barrier = std::exchange(barrier_, 0);
    const std::string name = loops_.back().name.empty() ? what->to_string() : loops_.back().name;
    if (member_words::any(shape_node)) {
        picked(shape_node, item, name, body);
    } else {
        const element_id whole = add_element(shape_element::kind::capture, item, name, body);
        program_.contexts[body].ops.push_back({shape_op::kind::value, whole});
    }
    barrier_ = outer_barrier;
    mark_direct(body);
    const std::uint32_t order = sort_order(words, item, body);

    close_loop(*where);
    const element_id id =
        add_element(shape_element::kind::loop, *where, fmt::format("{}: {}", word, what->to_string()), context);
    shape_element& made = program_.elements[id];
    made.body = body;
    made.order = order;
    made.offset = words.offset;
    made.limit = word == "first" ? 1 : words.limit;
    program_.contexts[body].loop = id;
    for (const element_id used : drafts_[id].needs) {
        drafts_[used].needed = true;
        if (!loops_.empty()) loops_.back().uses.insert(used);
    }
    program_.contexts[context].ops.push_back({word == "first" ? shape_op::kind::single : shape_op::kind::list, id});
}

void shape_compiler::lost_loop(const node& shape_node, const list_words& words) {
    open_loop(shape_node, {});
    loops_.back().lost = true;
    const context_id body = loops_.back().context;
    target item;
    item.draft.in = shape_walk::document::item;
    item.home = body;
    const std::size_t outer_barrier = std::exchange(barrier_, 0);
    if (member_words::any(shape_node)) picked(shape_node, item, {}, body);
    barrier_ = outer_barrier;
    sort_order(words, item, body);
    loops_.pop_back();
    lost_ = true;
}

void shape_compiler::open_loop(const node& shape_node, const target& list) {
    loop_scope scope;
    if (const node* as = shape_node.find("as")) {
        if (as->is != node::kind::scalar || !is_free(as->text)) {
            complain(*as,
                     fmt::format("'{}' cannot name the item: a step, parameter or loop has that name, or it is none",
                                 as->text),
                     "choose another name");
        }
        scope.name = as->text;
    }
    scope.context = static_cast<context_id>(program_.contexts.size());
    scope.step = list.step;
    program_.contexts.emplace_back();
    loops_.push_back(std::move(scope));
}

std::uint32_t shape_compiler::sort_order(const list_words& words, const target& item, context_id body) {
    if (words.sort.empty()) return none;
    shape_order order;
    for (const list_words::key& key : words.sort) {
        const std::optional<element_id> by = sort_key(key, item, body);
        if (!by) return none;
        order.keys.push_back(*by);
        order.descending.push_back(key.descending);
    }
    program_.orders.push_back(std::move(order));
    return static_cast<std::uint32_t>(program_.orders.size() - 1);
}

// A path of the item, or a reference that begins with the item's name or looks something up for it.
std::optional<element_id> shape_compiler::sort_key(const list_words::key& key, const target& item, context_id body) {
    if (key.by == nullptr) return add_element(shape_element::kind::capture, item, "sort", body);
    if (key.by->is != node::kind::scalar) {
        complain(*key.by, "`by` takes a path of the item", "write `sort: {by: created_at}`");
        return std::nullopt;
    }
    const auto as_reference = parse_reference(key.by->text);
    const std::string& name = loops_.back().name;
    std::optional<target> where;
    if (as_reference && (as_reference->loop || (!name.empty() && as_reference->root == name))) {
        where = resolve(*key.by, *as_reference);
        if (!where) return std::nullopt;
    } else {
        auto path = parse_json_path(key.by->text);
        if (!path) {
            config::position at = key.by->at;
            at.column += static_cast<std::uint32_t>(path.error().offset) + (key.by->quoted ? 1 : 0);
            complaints_.push_back({at, fmt::format("'{}': {}", key.by->text, path.error().what), path.error().mend});
            return std::nullopt;
        }
        where = item;
        where->definite = path->definite();
        where->draft.path = std::move(path->selectors);
    }
    if (!where->definite || where->parameter) {
        complain(*key.by, fmt::format("'{}' selects several values", key.by->text), "sort by one value of the item");
        return std::nullopt;
    }
    return add_element(shape_element::kind::capture, *where, "sort: " + key.by->text, body);
}

void shape_compiler::close_loop(target& list) {
    const context_id body = loops_.back().context;
    std::set<element_id> uses = std::move(loops_.back().uses);
    loops_.pop_back();
    std::size_t home = chain_position(list.home);
    std::erase_if(uses, [&](element_id used) { return program_.elements[used].home == body; });
    for (const element_id used : uses)
        home = std::max(home, chain_position(program_.elements[used].home));
    list.home = home == 0 ? 0 : loops_[home - 1].context;
    list.draft.needs = std::move(uses);
}

// Members of the item that its text begins with need no place of their own to wait in.
void shape_compiler::mark_direct(context_id body) {
    if (program_.contexts[body].ops.empty()) return;
    const shape_op& opening = program_.contexts[body].ops.front();
    if (opening.is != shape_op::kind::members) return;
    const element_draft& pick = drafts_[opening.index];
    program_.elements[opening.index].direct =
        program_.elements[opening.index].home == body && pick.in == shape_walk::document::item && pick.path.empty();
}

// 0 for the view, n for the n-th enclosing loop.
std::size_t shape_compiler::chain_position(context_id context) const {
    for (std::size_t at = 0; at < loops_.size(); ++at)
        if (loops_[at].context == context) return at + 1;
    return 0;
}

}  // namespace nearside::aggregators
