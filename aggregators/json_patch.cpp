#include "aggregators/json_patch.h"

#include "aggregators/patch_difference.h"

#include <utility>

namespace nearside::aggregators {
namespace {

buffer in_one_piece(const body& document) {
    buffer_writer writer(document.size());
    for (const slice& part : document.slices())
        writer.append(part.bytes);
    return writer.finish();
}

}  // namespace

std::optional<std::string> json_patch(const buffer& older, const buffer& newer, const patch_rules& rules) {
    json_tape before;
    json_tape after;
    if (!before.read(older) || !after.read(newer)) return std::nullopt;
    patch_difference difference(before, after, rules.item_id);
    return std::move(difference).patch(rules.limit);
}

std::optional<std::string> json_patch(const body& older, const body& newer, const patch_rules& rules) {
    return json_patch(in_one_piece(older), in_one_piece(newer), rules);
}

}  // namespace nearside::aggregators
