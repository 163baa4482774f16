#include "aggregators/readings.h"

#include "aggregators/json_check.h"
#include "aggregators/plan.h"
#include "aggregators/select.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {
namespace {

url_value to_url_value(const json_value& value) {
    if (value.missing_or_null()) return {};
    auto text = text_of(value);
    if (!text) return {url_value::kind::wrong_type, {}};
    const url_value::type was = value.kind == json_kind::number    ? url_value::type::number
                                : value.kind == json_kind::boolean ? url_value::type::boolean
                                                                   : url_value::type::text;
    return {url_value::kind::text, *std::move(text), false, was};
}

// Faults of the document rather than of what was asked of it.
bool is_documents_fault(errc code) noexcept {
    return code == errc::invalid_json || code == errc::depth_limit;
}

// An error is the document's; faults of the fan-out itself are in the rows.
result<fan_rows> read_fan(const fan_read& fan, const step_value& value, std::uint32_t json_depth) {
    fan_rows rows;
    rows.columns = static_cast<std::uint32_t>(fan.columns.size());
    auto table = select_items(value, fan.path, fan.columns, {json_depth, fan.max});
    if (!table) {
        if (is_documents_fault(table.error().code)) return table.error();
        rows.absent = false;
        rows.failure = table.error();
        return rows;
    }
    rows.absent = !table->present;
    rows.items.reserve(table->items.size());
    for (const json_value& item : table->items)
        rows.items.push_back(item.raw.data());
    rows.inputs = std::move(table->inputs);
    if (fan.whole_items) {
        rows.raw.reserve(table->items.size());
        for (const json_value& item : table->items)
            rows.raw.push_back(item.raw);
    }
    rows.values.reserve(table->cells.size());
    for (const json_value& cell : table->cells)
        rows.values.push_back(to_url_value(cell));
    return rows;
}

// Whether reading looks at every document of the value. A path into a list may pick one of them.
bool reads_all_documents(const plan_step& step, const step_value& value) {
    if (!value.list) return true;
    return std::any_of(step.fans.begin(), step.fans.end(), [](const fan_read& fan) {
        return std::holds_alternative<wildcard_selector>(fan.path.selectors.front());
    });
}

result<readings> read_all(const plan_step& step, const step_value& value, std::uint32_t json_depth) {
    readings found;
    if (step.values.empty()) {
        // Without fans nothing else looks at the document.
        if (step.fans.empty() && !value.list)
            if (auto fault = check_json(value.documents.front(), json_depth)) return *std::move(fault);
    } else {
        auto selected = value.list ? select(value, step.values, {json_depth})
                                   : select(value.documents.front(), step.selected, {json_depth});
        if (!selected) return selected.error();
        for (const std::vector<json_value>& nodes : *selected)
            found.values.push_back(nodes.empty() ? url_value{} : to_url_value(nodes.front()));
    }
    for (const fan_read& fan : step.fans) {
        auto rows = read_fan(fan, value, json_depth);
        if (!rows) return rows.error();
        found.fans.push_back(*std::move(rows));
    }
    return found;
}

}  // namespace

const url_value& fan_rows::cell(std::size_t row, std::size_t column) const noexcept {
    static const url_value absent_value;
    const std::size_t at = row * columns + column;
    return at < values.size() ? values[at] : absent_value;
}

read_outcome read_value(const plan_step& step, const step_value& value, std::uint32_t json_depth) {
    auto found = read_all(step, value, json_depth);
    if (found && reads_all_documents(step, value)) return {*std::move(found), {}};
    std::vector<read_outcome::refusal> refused = find_refused(value.documents, json_depth);
    if (found && refused.empty()) return {*std::move(found), {}};
    if (refused.empty()) refused.push_back({0, found.error()});
    return {{}, std::move(refused)};
}

readings read_nothing(const plan_step& step) {
    readings none;
    none.values.resize(step.values.size());
    none.fans.resize(step.fans.size());
    return none;
}

std::vector<read_outcome::refusal> find_refused(std::span<const buffer> documents, std::uint32_t json_depth) {
    std::vector<read_outcome::refusal> refused;
    for (std::size_t at = 0; at < documents.size(); ++at) {
        if (auto fault = check_json(documents[at], json_depth))
            refused.push_back({static_cast<std::uint32_t>(at), *std::move(fault)});
    }
    return refused;
}

}  // namespace nearside::aggregators
