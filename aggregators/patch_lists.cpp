// The lists of a difference: which items are the same, and what becomes of the others.
#include "aggregators/list_match.h"
#include "aggregators/patch_difference.h"

#include <algorithm>
#include <functional>

namespace nearside::aggregators {
namespace {

std::vector<json_tape::place> items_of(const json_tape& tape, json_tape::place list) {
    std::vector<json_tape::place> items(tape.child_count(list));
    json_tape::place at = json_tape::first_child(list);
    for (json_tape::place& item : items) {
        item = at;
        at = tape.behind(at);
    }
    return items;
}

std::uint64_t hash_of(std::string_view bytes) {
    return std::hash<std::string_view>{}(bytes);
}

// The ids of items [from, to), or nothing where one has none.
std::optional<std::vector<std::string_view>> ids_of(const json_tape& tape, const std::vector<json_tape::place>& items,
                                                    std::uint32_t from, std::uint32_t to, std::string_view name) {
    std::vector<std::string_view> ids;
    for (std::uint32_t item = from; item < to; ++item) {
        ids.push_back(scalar_member(tape, items[item], name));
        if (ids.back().empty()) return std::nullopt;
    }
    return ids;
}

std::vector<std::uint64_t> hashes_of(const std::vector<std::string_view>& texts) {
    std::vector<std::uint64_t> hashes;
    hashes.reserve(texts.size());
    for (const std::string_view text : texts)
        hashes.push_back(hash_of(text));
    return hashes;
}

std::vector<std::uint64_t> hashes_of(const json_tape& tape, const std::vector<json_tape::place>& items,
                                     std::uint32_t from, std::uint32_t to) {
    std::vector<std::uint64_t> hashes;
    hashes.reserve(to - from);
    for (std::uint32_t item = from; item < to; ++item)
        hashes.push_back(hash_of(tape.bytes(items[item])));
    return hashes;
}

}  // namespace

bool patch_difference::list(place older, place newer, std::size_t ceiling) {
    const places left = items_of(older_, older);
    const places right = items_of(newer_, newer);
    stretch where{0, static_cast<std::uint32_t>(left.size()), 0, static_cast<std::uint32_t>(right.size())};
    while (where.older_from < where.older_to && where.newer_from < where.newer_to &&
           equal(left[where.older_from], right[where.newer_from])) {
        ++where.older_from;
        ++where.newer_from;
    }
    while (where.older_from < where.older_to && where.newer_from < where.newer_to &&
           equal(left[where.older_to - 1], right[where.newer_to - 1])) {
        --where.older_to;
        --where.newer_to;
    }
    if (where.older_count() == 0 || where.newer_count() == 0) return one_by_one(left, right, where, ceiling);
    if (const auto partner = partners_by_id(left, right, where)) return by_id(left, right, where, *partner, ceiling);
    return by_bytes(left, right, where, ceiling);
}

std::optional<std::vector<std::uint32_t>> patch_difference::partners_by_id(const places& older, const places& newer,
                                                                           const stretch& where) const {
    const auto left = ids_of(older_, older, where.older_from, where.older_to, item_id_);
    if (!left) return std::nullopt;
    const auto right = ids_of(newer_, newer, where.newer_from, where.newer_to, item_id_);
    if (!right) return std::nullopt;
    list_match match = match_items(hashes_of(*left), hashes_of(*right));
    if (!match.unique) return std::nullopt;
    for (std::size_t item = 0; item < match.partner.size(); ++item) {
        std::uint32_t& partner = match.partner[item];
        if (partner != no_partner && (*left)[partner] != (*right)[item]) partner = no_partner;
    }
    return std::move(match.partner);
}

bool patch_difference::by_id(const places& older, const places& newer, const stretch& where,
                             const std::vector<std::uint32_t>& partner, std::size_t ceiling) {
    for (const list_step& step : steps_between(where.older_count(), partner)) {
        const std::uint32_t from = where.newer_from + step.from;
        const std::uint32_t to = where.newer_from + step.to;
        if (step.what == list_step::kind::move) {
            out_.move_item(from, to);
        } else {
            const bool added = step.what == list_step::kind::add;
            const std::size_t outer = out_.enter_index(added ? to : from);
            if (added)
                out_.add(newer_.bytes(newer[where.newer_from + step.item]));
            else
                out_.remove();
            out_.leave(outer);
        }
        if (!fits(ceiling)) return false;
    }
    // All items have their places now.
    for (std::uint32_t item = 0; item < partner.size(); ++item) {
        if (partner[item] == no_partner) continue;
        const place before = older[where.older_from + partner[item]];
        const place after = newer[where.newer_from + item];
        if (equal(before, after)) continue;
        const std::size_t outer = out_.enter_index(where.newer_from + item);
        const bool done = value(before, after, ceiling);
        out_.leave(outer);
        if (!done) return false;
    }
    return true;
}

// Lists that moved on (the points of a chart, lines of a log) keep most items as they are, so those whose bytes are
// there once in each list are where the rest is counted from.
bool patch_difference::by_bytes(const places& older, const places& newer, const stretch& where, std::size_t ceiling) {
    std::uint32_t alike = 0;
    const std::uint32_t both = std::min(where.older_count(), where.newer_count());
    for (std::uint32_t item = 0; item < both; ++item)
        alike += equal(older[where.older_from + item], newer[where.newer_from + item]) ? 1 : 0;
    if (where.older_count() == where.newer_count() && (both <= 2 || alike >= both / 2))
        return one_by_one(older, newer, where, ceiling);

    list_match match = match_items(hashes_of(older_, older, where.older_from, where.older_to),
                                   hashes_of(newer_, newer, where.newer_from, where.newer_to));
    keep_order(match.partner);
    stretch gap = where;
    for (std::uint32_t item = 0; item < match.partner.size(); ++item) {
        if (match.partner[item] == no_partner) continue;
        gap.older_to = where.older_from + match.partner[item];
        gap.newer_to = where.newer_from + item;
        if (!equal(older[gap.older_to], newer[gap.newer_to])) continue;
        if (!one_by_one(older, newer, gap, ceiling)) return false;
        gap.older_from = gap.older_to + 1;
        gap.newer_from = gap.newer_to + 1;
    }
    gap.older_to = where.older_to;
    gap.newer_to = where.newer_to;
    return one_by_one(older, newer, gap, ceiling);
}

// What is before the stretch is as in the newer list when this is told, so its own indices count from there.
bool patch_difference::one_by_one(const places& older, const places& newer, const stretch& where, std::size_t ceiling) {
    const std::uint32_t both = std::min(where.older_count(), where.newer_count());
    for (std::uint32_t item = 0; item < std::max(where.older_count(), where.newer_count()); ++item) {
        const place after = item < where.newer_count() ? newer[where.newer_from + item] : place{};
        if (item < both && equal(older[where.older_from + item], after)) continue;
        const std::size_t outer = out_.enter_index(where.newer_from + std::min(item, where.newer_count()));
        bool done = true;
        if (item < both) {
            done = value(older[where.older_from + item], after, ceiling);
        } else {
            if (item < where.newer_count())
                out_.add(newer_.bytes(after));
            else
                out_.remove();
            done = fits(ceiling);
        }
        out_.leave(outer);
        if (!done) return false;
    }
    return true;
}

}  // namespace nearside::aggregators
