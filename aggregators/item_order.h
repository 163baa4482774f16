// In what order `sort` puts the items of a list: by the values found for them, compared as values and not as they were
// written. Pure; any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

// A value to sort by. Types stand in this order: false, true, numbers, strings, all arrays and objects alike. `nothing`
// (null or missing) stands last, whatever the direction. Lists of millions are sorted: it is kept small.
class sort_value {
public:
    enum class rank : std::uint8_t { falsehood, truth, number, string, other, nothing };

    explicit sort_value(rank is = rank::nothing) noexcept : is_(is), approximate_(0) {}
    static sort_value of_number(std::string_view raw) noexcept;
    // `raw`: what stands between its quotes, which are there.
    static sort_value of_string(std::string_view raw);
    ~sort_value();
    sort_value(sort_value&& other) noexcept;
    sort_value& operator=(sort_value&& other) noexcept;
    sort_value(const sort_value&) = delete;
    sort_value& operator=(const sort_value&) = delete;

    rank is() const noexcept { return is_; }
    // Of a number: rounded, which keeps the order but may make two of them one; nullopt where that is too much.
    std::optional<double> approximate() const noexcept;
    // A number as written; a string as it reads.
    std::string_view text() const noexcept;

private:
    rank is_;
    bool rough_ = false;    // a number too large or too small for `approximate_`
    bool decoded_ = false;  // a string with escapes
    std::string_view raw_;
    union {
        double approximate_;
        const std::string* reads_;  // where decoded_; its own
    };
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
