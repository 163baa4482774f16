#include "aggregators/list_match.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <utility>

namespace nearside::aggregators {
namespace {

struct hashed_item {
    std::uint64_t hash = 0;
    std::uint32_t number = 0;
};

// By hash; those whose hash another one has, too, are left out.
std::vector<hashed_item> sorted_unique(const std::vector<std::uint64_t>& hashes, bool& unique) {
    std::vector<hashed_item> items;
    items.reserve(hashes.size());
    for (const std::uint64_t hash : hashes)
        items.push_back({hash, static_cast<std::uint32_t>(items.size())});
    std::sort(items.begin(), items.end(), [](const hashed_item& a, const hashed_item& b) { return a.hash < b.hash; });
    std::size_t kept = 0;
    for (std::size_t at = 0; at < items.size();) {
        std::size_t behind = at + 1;
        while (behind < items.size() && items[behind].hash == items[at].hash)
            ++behind;
        if (behind == at + 1)
            items[kept++] = items[at];
        else
            unique = false;
        at = behind;
    }
    items.resize(kept);
    return items;
}

// Counts of marked numbers below another one, while marks go away (a Fenwick tree).
class counted_marks {
public:
    explicit counted_marks(const std::vector<bool>& marked) : sums_(marked.size() + 1) {
        for (std::size_t at = 1; at < sums_.size(); ++at) {
            sums_[at] += marked[at - 1] ? 1 : 0;
            const std::size_t above = at + (at & (0 - at));
            if (above < sums_.size()) sums_[above] += sums_[at];
        }
    }
    std::uint32_t below(std::size_t number) const noexcept {
        std::uint32_t sum = 0;
        for (std::size_t at = number; at != 0; at &= at - 1)
            sum += sums_[at];
        return sum;
    }
    void unmark(std::size_t number) noexcept {
        for (std::size_t at = number + 1; at < sums_.size(); at += at & (0 - at))
            --sums_[at];
    }

private:
    std::vector<std::uint32_t> sums_;
};

// Where the older items are while the newer list is made from left to right. Older items are numbered without those
// that were removed. Invariant: the newer items 0..n-1 stand in their final order, item n is to come right behind
// item n-1; between and behind them are items that stay and have not been reached, and items yet to be moved, in their
// older order.
class arrangement {
public:
    arrangement(std::uint32_t count, const std::vector<std::uint32_t>& partner, const std::vector<std::uint32_t>& kept)
        : next_staying_(count, no_partner), staying_below_(count) {
        std::vector<bool> moved(count);
        for (std::size_t item = 0; item < partner.size(); ++item) {
            if (partner[item] == no_partner) continue;
            if (kept[item] == no_partner)
                moved[partner[item]] = true;
            else
                next_staying_[partner[item]] = static_cast<std::uint32_t>(item);
        }
        std::uint32_t staying = 0;
        for (std::size_t at = 0; at < count; ++at) {
            staying_below_[at] = staying;
            staying += moved[at] ? 0 : 1;
        }
        for (std::size_t at = count; at-- > 1;) {
            if (next_staying_[at - 1] == no_partner) next_staying_[at - 1] = next_staying_[at];
        }
        movers_ = counted_marks(moved);
    }

    // Where newer item number `item` has its place: behind those before it, and behind the movers before the last one
    // that stayed.
    std::uint32_t place_of(std::uint32_t item) const noexcept { return item + movers_.below(last_stayed_); }

    // Where an item to be moved is, when `item` newer ones have their places.
    std::uint32_t position_of(std::uint32_t mover, std::uint32_t item) const noexcept {
        const std::uint32_t placed = std::min(next_staying_[mover], item);
        const std::uint32_t staying = std::max(staying_below_[mover], stayed_) - stayed_;
        return placed + staying + movers_.below(mover);
    }

    void stayed(std::uint32_t older) noexcept {
        ++stayed_;
        last_stayed_ = older;
    }
    void moved(std::uint32_t older) noexcept { movers_.unmark(older); }

private:
    std::vector<std::uint32_t> next_staying_;   // of an older item: the newer number of it, or of the next that stays
    std::vector<std::uint32_t> staying_below_;  // how many that stay are before it
    counted_marks movers_{{}};                  // that have not been moved
    std::uint32_t stayed_ = 0;                  // how many have been reached
    std::uint32_t last_stayed_ = 0;
};

}  // namespace

list_match match_items(const std::vector<std::uint64_t>& older, const std::vector<std::uint64_t>& newer) {
    list_match found;
    found.partner.assign(newer.size(), no_partner);
    const std::vector<hashed_item> left = sorted_unique(older, found.unique);
    const std::vector<hashed_item> right = sorted_unique(newer, found.unique);
    auto at = left.begin();
    for (const hashed_item& item : right) {
        while (at != left.end() && at->hash < item.hash)
            ++at;
        if (at != left.end() && at->hash == item.hash) found.partner[item.number] = at->number;
    }
    return found;
}

void keep_order(std::vector<std::uint32_t>& partner) {
    // Longest increasing subsequence: of each length, the item that ends one with the least partner.
    std::vector<std::uint32_t> ends;
    std::vector<std::uint32_t> before(partner.size(), no_partner);
    for (std::uint32_t item = 0; item < partner.size(); ++item) {
        if (partner[item] == no_partner) continue;
        const auto at = std::lower_bound(ends.begin(), ends.end(), item,
                                         [&](std::uint32_t a, std::uint32_t b) { return partner[a] < partner[b]; });
        if (at != ends.begin()) before[item] = *(at - 1);
        if (at == ends.end())
            ends.push_back(item);
        else
            *at = item;
    }
    std::vector<std::uint32_t> kept(partner.size(), no_partner);
    for (std::uint32_t item = ends.empty() ? no_partner : ends.back(); item != no_partner; item = before[item])
        kept[item] = partner[item];
    partner = std::move(kept);
}

std::vector<list_step> steps_between(std::uint32_t older_count, const std::vector<std::uint32_t>& partner) {
    std::vector<list_step> steps;
    std::vector<std::uint32_t> number(older_count, no_partner);  // without those that are removed
    for (const std::uint32_t older : partner) {
        if (older == no_partner) continue;
        assert(older < older_count && number[older] == no_partner);
        number[older] = 0;
    }
    for (std::uint32_t older = older_count; older-- > 0;) {
        if (number[older] == no_partner) steps.push_back({list_step::kind::remove, older, 0, 0});
    }
    std::uint32_t count = 0;
    for (std::uint32_t& one : number) {
        if (one != no_partner) one = count++;
    }
    std::vector<std::uint32_t> numbered = partner;
    for (std::uint32_t& older : numbered) {
        if (older != no_partner) older = number[older];
    }
    std::vector<std::uint32_t> kept = numbered;
    keep_order(kept);

    arrangement items(count, numbered, kept);
    for (std::uint32_t item = 0; item < numbered.size(); ++item) {
        const std::uint32_t older = numbered[item];
        std::uint32_t to = items.place_of(item);
        if (older == no_partner) {
            steps.push_back({list_step::kind::add, 0, to, item});
        } else if (kept[item] != no_partner) {
            items.stayed(older);
        } else {
            const std::uint32_t from = items.position_of(older, item);
            // The item is taken out before it is put in (RFC 6902 4.4).
            if (from < to) --to;
            items.moved(older);
            if (from != to) steps.push_back({list_step::kind::move, from, to, 0});
        }
    }
    return steps;
}

}  // namespace nearside::aggregators
