#include "aggregators/patch_difference.h"

#include "aggregators/json_patch.h"

#include <algorithm>
#include <utility>

namespace nearside::aggregators {
namespace {

std::vector<const named_value*> sorted_by_name(const std::vector<named_value>& members) {
    std::vector<const named_value*> sorted;
    sorted.reserve(members.size());
    for (const named_value& member : members)
        sorted.push_back(&member);
    std::ranges::sort(sorted, {}, &named_value::name);
    return sorted;
}

}  // namespace

std::optional<std::string> patch_difference::patch(std::size_t limit) && {
    constexpr std::size_t closing_bracket = 1;
    if (limit < out_.size() + closing_bracket) return std::nullopt;
    if (!value(older_.root(), newer_.root(), limit - closing_bracket)) return std::nullopt;
    return std::move(out_).finish();
}

bool patch_difference::value(place older, place newer, std::size_t ceiling) {
    if (equal(older, newer)) return true;
    const std::size_t before = out_.size();
    const std::size_t whole = before + out_.cost_of_replace(newer_.bytes(newer));
    const char kind = newer_.kind(newer);
    if (kind == older_.kind(older) && (kind == '{' || kind == '[') && depth_ < most_patched_depth) {
        // Over the cost of replacing it, going on is of no use.
        const std::size_t own_ceiling = std::min(ceiling, whole);
        ++depth_;
        const bool told = kind == '{' ? object(older, newer, own_ceiling) : list(older, newer, own_ceiling);
        --depth_;
        if (told) return true;
        out_.back_to(before);
    }
    if (whole > ceiling) return false;
    out_.replace(newer_.bytes(newer));
    return true;
}

bool patch_difference::object(place older, place newer, std::size_t ceiling) {
    std::vector<named_value> left;
    std::vector<named_value> right;
    if (!list_members(older_, older, names_, left) || !list_members(newer_, newer, names_, right)) return false;
    if (has_duplicates(left)) return false;
    if (std::ranges::equal(left, right, {}, &named_value::name, &named_value::name))
        return named_alike(left, right, ceiling);
    if (has_duplicates(right)) return false;

    const std::vector<const named_value*> from = sorted_by_name(left);
    const std::vector<const named_value*> to = sorted_by_name(right);
    const auto tell = [&](const named_value& member, auto write) {
        const std::size_t outer = out_.enter_name(member.name);
        const bool done = write();
        out_.leave(outer);
        return done;
    };
    auto old_member = from.begin();
    auto new_member = to.begin();
    while (old_member != from.end() || new_member != to.end()) {
        const bool gone =
            new_member == to.end() || (old_member != from.end() && (*old_member)->name < (*new_member)->name);
        const bool added = !gone && (old_member == from.end() || (*new_member)->name < (*old_member)->name);
        bool done = false;
        if (gone) {
            done = tell(**old_member++, [&] {
                out_.remove();
                return fits(ceiling);
            });
        } else if (added) {
            const named_value& member = **new_member++;
            done = tell(member, [&] {
                out_.add(newer_.bytes(member.value));
                return fits(ceiling);
            });
        } else {
            const named_value& member = **new_member++;
            const place old_value = (*old_member++)->value;
            done = tell(member, [&] { return value(old_value, member.value, ceiling); });
        }
        if (!done) return false;
    }
    return true;
}

bool patch_difference::named_alike(const std::vector<named_value>& older, const std::vector<named_value>& newer,
                                   std::size_t ceiling) {
    for (std::size_t member = 0; member < newer.size(); ++member) {
        if (equal(older[member].value, newer[member].value)) continue;
        const std::size_t outer = out_.enter_name(newer[member].name);
        const bool done = value(older[member].value, newer[member].value, ceiling);
        out_.leave(outer);
        if (!done) return false;
    }
    return true;
}

}  // namespace nearside::aggregators
