#include "aggregators/composer.h"

#include <fmt/format.h>

#include <utility>

namespace nearside::aggregators {
namespace {

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

}  // namespace

bool composer::on_capture(element_id id, std::uint32_t begin, std::uint32_t end) {
    finding& found = findings_[id];
    found.is = finding::state::present;
    found.document = document_;
    found.begin = begin;
    found.end = end;
    return true;
}

bool composer::on_collect(element_id id, std::uint32_t begin, std::uint32_t end) {
    finding& found = findings_[id];
    found.is = finding::state::present;
    const std::uint32_t before = found.count++;
    if (program_.elements[id].is == shape_element::kind::count) return true;
    if (before > 0) found.text.append(',');
    found.text.append(*document_, begin, end);
    return fits(found.text);
}

bool composer::on_base(element_id id, char first) {
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

bool composer::on_item_begin(element_id id, std::uint32_t begin) {
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
        found.held->sorted->begin_item(found.text);
    } else if (number > element.offset) {
        found.text.append(',');
    }
    return context.before.empty() || run_walks(context.before, body);
}

bool composer::on_item_end(element_id id, std::uint32_t, std::uint32_t) {
    const context_id body = program_.elements[id].body;
    const shape_context& context = program_.contexts[body];
    finding& found = findings_[id];
    if (items_[body].hidden) {
        found.text.back_to(items_[body].start);
        depth_ = context.depth - 1;
        return true;
    }
    if (!context.after.empty() && !run_walks(context.after, body)) return false;
    writer_.write(body, found.text);
    depth_ = context.depth - 1;
    if (const std::uint32_t order = program_.elements[id].order; order != none) {
        keys_.clear();
        for (const element_id key : program_.orders[order].keys)
            keys_.push_back(findings_[key].value());
        found.held->sorted->end_item(found.text, keys_);
    }
    return fits(found.text);
}

bool composer::on_pick(element_id id, char first) {
    finding& found = findings_[id];
    if (first == '{') {
        found.is = finding::state::present;
        if (program_.elements[id].direct) found.into->append('{');
        if (found.held) ++found.held->objects;
        return true;
    }
    const shape_element& element = program_.elements[id];
    if (!element.apart || found.is == finding::state::missing) found.is = finding::state::null;
    if (first == 'n') return true;
    return wrong_type(element, fmt::format("'{}' needs an object to take members of, and the upstream sent {}",
                                           element.text, type_of(first)));
}

bool composer::on_members(element_id id, std::uint32_t begin, std::uint32_t end) {
    finding& found = findings_[id];
    if (found.held) [[unlikely]] {
        found.held->members.push_back({document_, begin, end, nullptr, found.held->objects});
        return true;
    }
    if (found.count++ > 0) found.into->append(',');
    found.into->append(*document_, begin, end);
    return true;
}

bool composer::on_renamed(element_id id, std::uint32_t new_name, std::uint32_t begin, std::uint32_t end) {
    finding& found = findings_[id];
    const std::string& name = program_.new_names[new_name];
    if (found.held) {
        found.held->members.push_back({document_, begin, end, &name, found.held->objects});
        return true;
    }
    if (found.count++ > 0) found.into->append(',');
    found.into->append(name);
    found.into->append(*document_, begin, end);
    return true;
}

void composer::remember(std::span<const element_id> lists) {
    for (const element_id id : lists) {
        const finding& found = findings_[id];
        marks_.push_back({found.is, found.count, found.text.here()});
        if (!found.held) continue;
        marks_.back().members = found.held->members.size();
        if (found.held->sorted) found.held->sorted->remember(found.text);
    }
}

void composer::go_back(std::span<const element_id> lists, std::span<const element_id> captures) {
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
                found.held->members.resize(at->members);
                if (found.held->sorted) found.held->sorted->go_back();
            }
        }
        ++at;
    }
}

void composer::forget(std::span<const element_id> lists) {
    marks_.resize(marks_.size() - lists.size());
    for (const element_id id : lists) {
        finding& found = findings_[id];
        if (found.held && found.held->sorted) found.held->sorted->forget(found.text);
    }
}

bool composer::fits(const rope& text) {
    if (text.size() <= limits_.view_bytes) return true;
    failed_ = true;
    failure_ = {{errc::response_too_large,
                 fmt::format("the view is larger than limits.view_bytes ({} bytes)", limits_.view_bytes)},
                std::nullopt};
    return false;
}

bool composer::wrong_type(const shape_element& element, std::string detail) {
    if (items_[element.home].hidden) return true;
    failed_ = true;
    failure_ = {{errc::wrong_type, std::move(detail)}, element.step};
    return false;
}

}  // namespace nearside::aggregators
