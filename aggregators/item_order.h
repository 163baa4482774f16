// In what order `sort` puts the items of a list: by the values found for them, compared as values and not as they were
// written. Pure; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

// A value to sort by. Types stand in this order: false, true, numbers, strings, all arrays and objects alike. `nothing`
// (null or missing) stands last, whatever the direction.
struct sort_value {
    enum class rank : std::uint8_t { falsehood, truth, number, string, other, nothing };
    rank is = rank::nothing;
    bool rough = false;  // a number too large or too small for `approximate`
    double approximate = 0;
    std::string_view text;                       // a number as written; a string without escapes
    std::unique_ptr<const std::string> decoded;  // a string with escapes
};

// Of JSON bytes; empty: nothing was found.
sort_value read_sort_value(std::string_view raw);

// Numbers by their exact value, strings by code points. Two values alike are equivalent.
std::weak_ordering compare(const sort_value& left, const sort_value& right);

// The order that `sort` puts them in.
std::weak_ordering compare_directed(const sort_value& left, const sort_value& right, bool descending);

// Numbers of the items in their order, the first `wanted` of them: there are as many values for each item as
// `descending` has entries, the first of which counts most. Items that are alike stay as they were.
std::vector<std::uint32_t> sorted_items(std::span<const sort_value> values, const std::vector<bool>& descending,
                                        std::size_t wanted);

}  // namespace nearside::aggregators
