#include "aggregators/compose.h"

#include "aggregators/item_order.h"
#include "aggregators/json_fault.h"
#include "aggregators/json_text.h"
#include "aggregators/list_pick.h"
#include "aggregators/member_merge.h"
#include "aggregators/projector.h"
#include "aggregators/rope.h"
#include "aggregators/select.h"
#include "aggregators/shape_program.h"
#include "core/json_string.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace nearside::aggregators {
namespace {

// What can't be written before all of it is found.
struct held_back {
    // A loop that is sorted: where each item's text begins, and the values to sort by.
    std::vector<std::size_t> cuts;
    std::vector<std::string_view> keys;
    // A part of a merge.
    std::vector<found_member> members;

    void clear() noexcept {
        cuts.clear();
        keys.clear();
        members.clear();
    }
};

// What the walks have found of an element so far.
struct finding {
    enum class state : std::uint8_t { missing, null, present };
    state is = state::missing;
    std::uint32_t count = 0;  // members or items
    // A capture.
    const buffer* document = nullptr;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    // All others.
    rope text;
    rope* into = nullptr;  // of a pick: its own text, or that of the loop that it is written straight into
    // Of a sorted loop and a part of a merge alone.
    std::unique_ptr<held_back> held;

    void clear() {
        is = state::missing;
        count = 0;
        if (!text.empty()) text.clear();
        if (held) held->clear();
    }
};

std::string_view type_of(char first) noexcept {
    switch (first) {
        case '{':
            return "an object";
        case '[':
            return "an array";
        case '"':
            return "a string";
        case 'n':
            return "null";
        case 't':
        case 'f':
            return "a boolean";
        default:
            return "a number";
    }
}

class composer final : public projection_sink {
public:
    composer(const shape_program& program, std::span<const step_value> steps,
             const std::map<std::string, std::string, std::less<>>& parameters, const compose_limits& limits)
        : program_(program),
          steps_(steps),
          parameters_(parameters),
          limits_(limits),
          findings_(program.elements.size()),
          items_(program.contexts.size()) {
        for (std::size_t id = 0; id < findings_.size(); ++id) {
            const shape_element& element = program.elements[id];
            if (element.order != none || element.apart) findings_[id].held = std::make_unique<held_back>();
            findings_[id].into = &findings_[element.direct ? program.contexts[element.home].loop : id].text;
        }
    }

    compose_result run() {
        if (!run_walks(program_.contexts.front().before) || !run_walks(program_.contexts.front().after))
            return std::move(failure_);
        rope view;
        write(0, view);
        if (!fits(view)) return std::move(failure_);
        return std::move(view).finish();
    }

    bool on_capture(element_id id, std::uint32_t begin, std::uint32_t end) override {
        finding& found = findings_[id];
        found.is = finding::state::present;
        found.document = document_;
        found.begin = begin;
        found.end = end;
        return true;
    }

    bool on_collect(element_id id, std::uint32_t begin, std::uint32_t end) override {
        finding& found = findings_[id];
        found.is = finding::state::present;
        const std::uint32_t before = found.count++;
        if (program_.elements[id].is == shape_element::kind::count) return true;
        if (before > 0) found.text.append(',');
        found.text.append(*document_, begin, end);
        return fits(found.text);
    }

    bool on_base(element_id id, char first) override {
        finding& found = findings_[id];
        const shape_element& element = program_.elements[id];
        // A part of a merge is there when an object is.
        if (element.is == shape_element::kind::pick) return true;
        if (first == '[' || first == '{') {
            found.is = finding::state::present;
        } else if (first == 'n' || element.is == shape_element::kind::collect) {
            found.is = finding::state::null;
        } else {
            found.is = finding::state::null;
            return wrong_type(element,
                              fmt::format("`{}` needs a list, and the upstream sent {}", element.text, type_of(first)));
        }
        return true;
    }

    bool on_item_begin(element_id id, std::uint32_t begin) override {
        finding& found = findings_[id];
        const context_id body = program_.elements[id].body;
        const shape_context& context = program_.contexts[body];
        const shape_element& element = program_.elements[id];
        found.is = finding::state::present;
        const std::uint32_t number = found.count++;
        for (const element_id inner : context.elements)
            findings_[inner].clear();
        item& at = items_[body];
        at.begin = document_->data() + begin;
        at.position = begin;
        depth_ = context.depth;
        at.hidden = items_[element.home].hidden || (element.order == none && !is_shown(element, number));
        if (at.hidden) {
            at.start = found.text.here();
            return true;
        }
        if (element.order != none) {
            found.held->cuts.push_back(found.text.cut());
        } else if (number > element.offset) {
            found.text.append(',');
        }
        return context.before.empty() || run_walks(context.before, body);
    }

    bool on_item_end(element_id id, std::uint32_t, std::uint32_t) override {
        const context_id body = program_.elements[id].body;
        const shape_context& context = program_.contexts[body];
        finding& found = findings_[id];
        if (items_[body].hidden) {
            found.text.back_to(items_[body].start);
            depth_ = context.depth - 1;
            return true;
        }
        if (!context.after.empty() && !run_walks(context.after, body)) return false;
        write(body, found.text);
        depth_ = context.depth - 1;
        if (const std::uint32_t order = program_.elements[id].order; order != none) {
            for (const element_id key : program_.orders[order].keys) {
                const finding& by = findings_[key];
                const bool there = by.is == finding::state::present;
                found.held->keys.push_back(there ? by.document->view().substr(by.begin, by.end - by.begin)
                                                 : std::string_view());
            }
        }
        return fits(found.text);
    }

    bool on_pick(element_id id, char first) override {
        finding& found = findings_[id];
        if (first == '{') {
            found.is = finding::state::present;
            if (program_.elements[id].direct) found.into->append('{');
            return true;
        }
        const shape_element& element = program_.elements[id];
        if (!element.apart || found.is == finding::state::missing) found.is = finding::state::null;
        if (first == 'n') return true;
        return wrong_type(element, fmt::format("'{}' needs an object to take members of, and the upstream sent {}",
                                               element.text, type_of(first)));
    }

    bool on_members(element_id id, std::uint32_t begin, std::uint32_t end) override {
        finding& found = findings_[id];
        if (found.held) [[unlikely]] {
            found.held->members.push_back({document_, begin, end, nullptr});
            return true;
        }
        if (found.count++ > 0) found.into->append(',');
        found.into->append(*document_, begin, end);
        return true;
    }

    bool on_renamed(element_id id, std::uint32_t new_name, std::uint32_t begin, std::uint32_t end) override {
        finding& found = findings_[id];
        const std::string& name = program_.new_names[new_name];
        if (found.held) {
            found.held->members.push_back({document_, begin, end, &name});
            return true;
        }
        if (found.count++ > 0) found.into->append(',');
        found.into->append(name);
        found.into->append(*document_, begin, end);
        return true;
    }

    void remember(std::span<const element_id> lists) override {
        for (const element_id id : lists) {
            const finding& found = findings_[id];
            marks_.push_back({found.is, found.count, found.text.here()});
            if (!found.held) continue;
            marks_.back().cuts = found.held->cuts.size();
            marks_.back().keys = found.held->keys.size();
            marks_.back().members = found.held->members.size();
        }
    }

    void go_back(std::span<const element_id> lists, std::span<const element_id> captures) override {
        for (const element_id id : captures)
            findings_[id].is = finding::state::missing;
        const memory* at = marks_.data() + marks_.size() - lists.size();
        for (const element_id id : lists) {
            finding& found = findings_[id];
            if (program_.contexts[program_.elements[id].home].depth > depth_) {
                // It belongs to the items of a loop below, and starts anew with each of them.
                found.clear();
            } else {
                found.is = at->is;
                found.count = at->count;
                found.text.back_to(at->place);
                if (found.held) {
                    found.held->cuts.resize(at->cuts);
                    found.held->keys.resize(at->keys);
                    found.held->members.resize(at->members);
                }
            }
            ++at;
        }
    }

    void forget(std::span<const element_id> lists) override { marks_.resize(marks_.size() - lists.size()); }

private:
    struct item {
        const char* begin = nullptr;
        std::uint32_t position = 0;
        bool hidden = false;  // beyond what the loop shows; what is written of it is taken back
        rope::mark start;     // of a hidden one
    };
    struct memory {
        finding::state is;
        std::uint32_t count;
        rope::mark place;
        std::size_t cuts = 0, keys = 0, members = 0;
    };

    static bool is_shown(const shape_element& loop, std::uint64_t number) noexcept {
        return number >= loop.offset && number - loop.offset < loop.limit;
    }

    bool run_walks(const std::vector<shape_walk>& walks, context_id context = 0) {
        for (const shape_walk& walk : walks)
            if (!run_walk(walk, context)) return false;
        return true;
    }

    bool run_walk(const shape_walk& walk, context_id context) {
        if (walk.in == shape_walk::document::item)
            return readers_[nested_ - 1]->walk_again(items_[context].position, walk.needed);
        const step_value& value = steps_[walk.step];
        if (walk.in == shape_walk::document::lookup) {
            if (!value.list) return walk_document(value.documents.front(), walk);
            const buffer* const document = value.for_item(items_[context].begin, hints_[&walk]);
            return document == nullptr || walk_document(*document, walk);
        }
        if (!walk.first) return walk_document(value.documents.front(), walk);
        if (!value.list) return walk_default(value.documents.front(), walk);
        return walk_documents(value, walk);
    }

    bool walk_documents(const step_value& list, const shape_walk& walk) {
        // Lists selected from the documents are there even when no document is; `[0]` is one value, not a list.
        if (!std::holds_alternative<index_selector>(*walk.first))
            for (const element_id id : walk.elements)
                if (program_.elements[id].is != shape_element::kind::pick) findings_[id].is = finding::state::present;
        projector filter_reader;
        for (const buffer* document : select_documents(list, *walk.first, filter_reader, limits_.depth))
            if (!walk_document(*document, walk)) return false;
        return true;
    }

    // An `each` step that failed as a whole, and whose default stands in for the list: an array is read as the list,
    // anything else has no items.
    bool walk_default(const buffer& document, const shape_walk& walk) {
        const step_value alone = step_value::single(document);
        const json_path items{{wildcard_selector{}}};
        auto table = select_items(alone, items, {}, {.depth = limits_.depth});
        if (!table || !table->present || document.view().find_first_of("[{") == std::string_view::npos) return true;
        auto list = std::make_unique<step_value>();
        list->list = true;
        for (const json_value& value : table->items) {
            list->which.push_back(static_cast<std::uint32_t>(list->documents.size()));
            list->documents.push_back(buffer::copy_of(value.raw));
        }
        defaults_.push_back(std::move(list));
        return walk_documents(*defaults_.back(), walk);
    }

    bool walk_document(const buffer& document, const shape_walk& walk) {
        if (readers_.size() == nested_) readers_.push_back(std::make_unique<projector>());
        const buffer* const outer = std::exchange(document_, &document);
        const std::uint32_t outer_depth = depth_;
        projector& reader = *readers_[nested_++];
        const bool walked = reader.walk_document(document, limits_.depth, walk.needed, *this);
        --nested_;
        document_ = outer;
        depth_ = outer_depth;
        if (walked || failed_) return walked;
        failed_ = true;
        failure_ = {explain_json_fault(document.view(), limits_.depth), walk.step};
        return false;
    }

    void write(context_id number, rope& out) {
        const shape_context& context = program_.contexts[number];
        for (std::size_t at = 0; at < context.ops.size(); ++at) {
            const shape_op& op = context.ops[at];
            switch (op.is) {
                case shape_op::kind::text:
                    out.append(program_.texts[op.index]);
                    break;
                case shape_op::kind::value: {
                    const finding& found = findings_[op.index];
                    if (found.is == finding::state::present) {
                        out.append(*found.document, found.begin, found.end);
                    } else {
                        out.append("null");
                    }
                    break;
                }
                case shape_op::kind::list:
                    write_list(op.index, number, out);
                    break;
                case shape_op::kind::single:
                    write_single(op.index, number, out);
                    break;
                case shape_op::kind::count:
                    out.append(std::to_string(findings_[op.index].count));
                    break;
                case shape_op::kind::merged:
                    if (!write_merge(program_.merges[op.index], out)) {
                        out.append("null");
                        at = op.otherwise - 1;
                    }
                    break;
                case shape_op::kind::members: {
                    finding& found = findings_[op.index];
                    if (found.is != finding::state::present) {
                        out.append("null");
                        at = op.otherwise - 1;
                    } else {
                        members_ = found.count;
                        if (program_.elements[op.index].direct) break;
                        out.append('{');
                        take(op.index, number, out);
                    }
                    break;
                }
                case shape_op::kind::comma:
                    if (members_ > 0) out.append(',');
                    break;
                case shape_op::kind::parameter: {
                    const auto found = parameters_.find(program_.parameters[op.index]);
                    if (found == parameters_.end()) {
                        out.append("null");
                    } else {
                        std::string json;
                        append_json_string(json, found->second);
                        out.append(json);
                    }
                    break;
                }
            }
        }
    }

    void write_list(element_id id, context_id number, rope& out) {
        const shape_element& element = program_.elements[id];
        if (element.whole_list && !steps_[element.step].list) {
            const buffer& document = steps_[element.step].documents.front();
            out.append(document, 0, static_cast<std::uint32_t>(document.size()));
        } else if (findings_[id].is != finding::state::present) {
            out.append("null");
        } else {
            out.append('[');
            take(id, number, out);
            out.append(']');
        }
    }

    void write_single(element_id id, context_id number, rope& out) {
        const std::size_t before = out.size();
        take(id, number, out);
        if (out.size() == before) out.append("null");
    }

    // False: none of them is an object.
    bool write_merge(const shape_merge& merge, rope& out) {
        std::vector<std::span<const found_member>> objects;
        bool present = false;
        for (const element_id part : merge.parts) {
            present |= findings_[part].is == finding::state::present;
            objects.emplace_back(findings_[part].held->members);
        }
        if (!present) return false;
        out.append('{');
        members_ = write_merged(objects, out);
        return true;
    }

    void write_sorted(const shape_element& loop, finding& found, rope& out) {
        const std::size_t count = found.held->cuts.size();
        if (loop.offset >= count || loop.limit == 0) return;
        const std::size_t shown = std::min<std::uint64_t>(count - loop.offset, loop.limit);
        found.held->cuts.push_back(found.text.cut());
        const std::vector<std::uint32_t> order =
            sorted_items(found.held->keys, program_.orders[loop.order].descending, loop.offset + shown);
        for (std::size_t at = loop.offset; at < order.size(); ++at) {
            if (at > loop.offset) out.append(',');
            out.append(found.text, found.held->cuts[order[at]], found.held->cuts[order[at] + 1]);
        }
    }

    // Each element is written in one place; where that place is the view itself, its text is handed over.
    void take(element_id id, context_id number, rope& out) {
        if (program_.elements[id].order != none) {
            write_sorted(program_.elements[id], findings_[id], out);
        } else if (number == 0) {
            out.splice(std::move(findings_[id].text));
        } else {
            out.append(findings_[id].text);
        }
    }

    bool fits(const rope& text) {
        if (text.size() <= limits_.view_bytes) return true;
        failed_ = true;
        failure_ = {{errc::response_too_large,
                     fmt::format("the view is larger than limits.view_bytes ({} bytes)", limits_.view_bytes)},
                    std::nullopt};
        return false;
    }

    bool wrong_type(const shape_element& element, std::string detail) {
        if (items_[element.home].hidden) return true;
        failed_ = true;
        failure_ = {{errc::wrong_type, std::move(detail)}, element.step};
        return false;
    }

    const shape_program& program_;
    std::span<const step_value> steps_;
    const std::map<std::string, std::string, std::less<>>& parameters_;
    const compose_limits& limits_;

    std::vector<finding> findings_;  // by element
    std::vector<item> items_;        // by context: the item at hand
    std::map<const shape_walk*, std::size_t> hints_;
    std::vector<std::unique_ptr<step_value>> defaults_;  // the view may have slices of them until it is finished
    std::vector<memory> marks_;                          // a stack

    std::vector<std::unique_ptr<projector>> readers_;  // one a document that is being walked at the same time
    std::size_t nested_ = 0;
    const buffer* document_ = nullptr;
    std::uint32_t depth_ = 0;  // of loops around what is being walked
    std::size_t members_ = 0;  // of the object that was begun last
    bool failed_ = false;
    compose_failure failure_;
};

}  // namespace

void throw_exception_from_error(const compose_failure& failure, const boost::source_location& where) {
    throw std::runtime_error(
        fmt::format("{}: {} ({})", to_string(failure.cause.code), failure.cause.detail, where.to_string()));
}

compose_result compose(const shape& what, std::span<const step_value> steps,
                       const std::map<std::string, std::string, std::less<>>& parameters,
                       const compose_limits& limits) {
    return composer(what.program(), steps, parameters, limits).run();
}

}  // namespace nearside::aggregators
