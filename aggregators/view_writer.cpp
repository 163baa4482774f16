#include "aggregators/view_writer.h"

#include "core/json_string.h"

#include <cstdint>
#include <utility>

namespace nearside::aggregators {

void view_writer::write(context_id number, rope& out) {
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
            case shape_op::kind::parameter:
                write_parameter(program_.parameters[op.index], out);
                break;
        }
    }
}

void view_writer::write_parameter(const std::string& name, rope& out) const {
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) {
        out.append("null");
        return;
    }
    std::string json;
    append_json_string(json, found->second);
    out.append(json);
}

void view_writer::write_list(element_id id, context_id number, rope& out) {
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

void view_writer::write_single(element_id id, context_id number, rope& out) {
    const std::size_t before = out.size();
    take(id, number, out);
    if (out.size() == before) out.append("null");
}

bool view_writer::write_merge(const shape_merge& merge, rope& out) {
    std::vector<std::span<const found_member>> objects;
    bool present = false;
    for (const element_id part : merge.parts) {
        present |= findings_[part].is == finding::state::present;
        objects.emplace_back(findings_[part].held->members);
    }
    if (!present) return false;
    out.append('{');
    members_ = merge.of_one ? write_renamed(objects.front(), out) : write_merged(objects, out);
    return true;
}

void view_writer::take(element_id id, context_id number, rope& out) {
    if (const shape_element& element = program_.elements[id]; element.order != none) {
        if (element.limit > 0) findings_[id].held->sorted->write(findings_[id].text, element.offset, out);
    } else if (number == 0) {
        out.splice(std::move(findings_[id].text));
    } else {
        out.append(findings_[id].text);
    }
}

}  // namespace nearside::aggregators
