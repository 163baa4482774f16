#include "aggregators/projection.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace nearside::aggregators {
namespace {

// More keys than this are found by hash.
constexpr std::size_t most_compared = 8;
constexpr std::uint16_t no_key = 0xffff;

std::size_t hash(std::string_view name) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data(), std::min(name.size(), sizeof word));
    word ^= name.size() << 56;
    if (name.size() > sizeof word) {
        std::uint64_t tail = 0;
        std::memcpy(&tail, name.data() + name.size() - sizeof tail, sizeof tail);
        word ^= tail * 0x9e3779b97f4a7c15u;
    }
    return static_cast<std::size_t>((word * 0xff51afd7ed558ccdu) >> 32);
}

}  // namespace

std::uint32_t need::search_key(std::string_view name) const noexcept {
    if (key_table.empty()) {
        for (std::uint32_t number = 0; number < keys.size(); ++number)
            if (keys[number].name == name) return number;
        return none;
    }
    const std::size_t wrap = key_table.size() - 1;
    for (std::size_t place = hash(name) & wrap;; place = (place + 1) & wrap) {
        const std::uint16_t number = key_table[place];
        if (number == no_key) return none;
        if (keys[number].name == name) return number;
    }
}

need::key& projection::key_of(std::uint32_t from, const std::string& name) {
    std::vector<need::key>& keys = needs_[from].keys;
    const auto found = std::ranges::find(keys, name, &need::key::name);
    if (found != keys.end()) return *found;
    return keys.emplace_back(name);
}

std::uint32_t projection::reach(std::uint32_t from, std::span<const selector> path) {
    for (const selector& step : path) {
        std::uint32_t child = none;
        if (const auto* name = std::get_if<name_selector>(&step)) {
            child = key_of(from, name->name).child;
            if (child == none) {
                child = make();
                key_of(from, name->name).child = child;
            }
        } else if (const auto* index = std::get_if<index_selector>(&step)) {
            for (const auto& [number, there] : needs_[from].indexes)
                if (number == index->index) child = there;
            if (child == none) {
                child = make();
                needs_[from].indexes.emplace_back(index->index, child);
            }
        } else if (const auto* filter = std::get_if<filter_selector>(&step)) {
            for (const need::filter& there : needs_[from].filters)
                if (there.test == *filter) child = there.child;
            if (child == none) {
                child = make();
                needs_[from].filters.push_back({*filter, child});
            }
        } else {
            child = needs_[from].wildcard;
            if (child == none) {
                child = make();
                needs_[from].wildcard = child;
            }
        }
        from = child;
    }
    return from;
}

std::uint32_t projection::reach_flat(std::uint32_t from) {
    if (needs_[from].flat == none) {
        const std::uint32_t child = make();
        needs_[from].flat = child;
    }
    return needs_[from].flat;
}

void projection::add_pick(std::uint32_t from, need::pick what, const std::vector<std::string>& names,
                          const std::vector<std::pair<std::string, std::uint32_t>>& renames) {
    const auto number = static_cast<std::uint32_t>(needs_[from].picks.size());
    const need::pick_set bit = need::pick_set{1} << number;
    needs_[from].picks.push_back(what);
    for (const std::string& name : names)
        key_of(from, name).named_by |= bit;
    for (const auto& [name, new_name] : renames) {
        need::key& key = key_of(from, name);
        key.renamed_by |= bit;
        key.new_names.emplace_back(number, new_name);
    }
}

void projection::seal() {
    for (need& one : needs_) {
        one.first_bytes = {};
        const auto allow = [&](char first) {
            const auto byte = static_cast<unsigned char>(first);
            one.first_bytes[byte >> 6] |= std::uint64_t{1} << (byte & 63);
        };
        if (!one.keys.empty()) allow('\\');
        one.key_table.clear();
        one.captures_below.clear();
        one.lists_below.clear();
        std::uint64_t next_care = 1;
        for (need::key& key : one.keys) {
            allow(key.name.empty() ? '"' : key.name.front());
            if (key.child == none) continue;
            gather(key.child, one);
            if (needs_[key.child].only_captured()) continue;
            key.care = next_care == 0 ? ~std::uint64_t{0} : next_care;
            next_care <<= 1;
        }
        if (one.keys.size() <= most_compared) continue;
        one.key_table.assign(std::bit_ceil(one.keys.size() * 2), no_key);
        for (std::size_t number = 0; number < one.keys.size(); ++number) {
            std::size_t place = hash(one.keys[number].name);
            while (one.key_table[place & (one.key_table.size() - 1)] != no_key)
                ++place;
            one.key_table[place & (one.key_table.size() - 1)] = static_cast<std::uint16_t>(number);
        }
    }
}

void projection::gather(std::uint32_t from, need& into) const {
    const need& one = needs_[from];
    const auto add = [](std::vector<element_id>& all, element_id id) {
        if (std::ranges::find(all, id) == all.end()) all.push_back(id);
    };
    for (const element_id id : one.captures)
        add(into.captures_below, id);
    for (const element_id id : one.collects)
        add(into.lists_below, id);
    for (const element_id id : one.bases)
        add(into.lists_below, id);
    for (const element_id id : one.loops)
        add(into.lists_below, id);
    for (const need::pick& pick : one.picks)
        add(into.lists_below, pick.id);
    for (const need::key& key : one.keys)
        if (key.child != none) gather(key.child, into);
    for (const auto& [number, child] : one.indexes)
        gather(child, into);
    for (const need::filter& filter : one.filters)
        gather(filter.child, into);
    if (one.wildcard != none) gather(one.wildcard, into);
    if (one.flat != none) gather(one.flat, into);
}

}  // namespace nearside::aggregators
