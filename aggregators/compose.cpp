#include "aggregators/compose.h"

#include "aggregators/composer.h"
#include "aggregators/json_fault.h"
#include "aggregators/list_pick.h"
#include "aggregators/select.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace nearside::aggregators {

composer::composer(const shape_program& program, std::span<const step_value> steps,
                   const std::map<std::string, std::string, std::less<>>& parameters, const compose_limits& limits)
    : program_(program),
      steps_(steps),
      limits_(limits),
      findings_(make_findings(program)),
      writer_(program, steps, parameters, findings_),
      items_(program.contexts.size()) {}

compose_result composer::run() {
    if (!run_walks(program_.contexts.front().before) || !run_walks(program_.contexts.front().after))
        return std::move(failure_);
    rope view;
    writer_.write(0, view);
    if (!fits(view)) return std::move(failure_);
    return std::move(view).finish();
}

bool composer::run_walks(const std::vector<shape_walk>& walks, context_id context) {
    for (const shape_walk& walk : walks)
        if (!run_walk(walk, context)) return false;
    return true;
}

bool composer::run_walk(const shape_walk& walk, context_id context) {
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

bool composer::walk_documents(const step_value& list, const shape_walk& walk) {
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
bool composer::walk_default(const buffer& document, const shape_walk& walk) {
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

bool composer::walk_document(const buffer& document, const shape_walk& walk) {
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
