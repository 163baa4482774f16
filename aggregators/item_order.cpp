#include "aggregators/item_order.h"

#include "aggregators/json_text.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace nearside::aggregators {

sort_value read_sort_value(std::string_view raw) {
    sort_value value;
    if (raw.empty()) return value;
    switch (raw.front()) {
        case 'n':
            return value;
        case 'f':
            value.is = sort_value::rank::falsehood;
            return value;
        case 't':
            value.is = sort_value::rank::truth;
            return value;
        case '[':
        case '{':
            value.is = sort_value::rank::other;
            return value;
        case '"':
            value.is = sort_value::rank::string;
            // What is no text (half a surrogate pair) is compared as it is written.
            if (raw.find('\\') == std::string_view::npos || !decode_json_string(raw, value.decoded)) {
                value.decoded.clear();
                value.text = raw.substr(1, raw.size() - 2);
            }
            return value;
        default: {
            value.is = sort_value::rank::number;
            value.text = raw;
            const auto [end, failure] = std::from_chars(raw.data(), raw.data() + raw.size(), value.approximate);
            value.rough = failure != std::errc{};
            return value;
        }
    }
}

std::weak_ordering compare(const sort_value& left, const sort_value& right) {
    if (left.is != right.is) return left.is <=> right.is;
    if (left.is == sort_value::rank::string) {
        // UTF-8 sorts by bytes as Unicode does by code points.
        const std::string_view a = left.decoded.empty() ? left.text : std::string_view(left.decoded);
        const std::string_view b = right.decoded.empty() ? right.text : std::string_view(right.decoded);
        return a <=> b;
    }
    if (left.is != sort_value::rank::number) return std::weak_ordering::equivalent;
    // Rounding keeps the order of numbers, but may make two of them one.
    if (!left.rough && !right.rough && left.approximate != right.approximate)
        return left.approximate < right.approximate ? std::weak_ordering::less : std::weak_ordering::greater;
    return left.text == right.text ? std::weak_ordering::equivalent : compare_json_numbers(left.text, right.text);
}

std::vector<std::uint32_t> sorted_items(std::span<const std::string_view> keys, const std::vector<bool>& descending,
                                        std::size_t wanted) {
    const std::size_t per_item = descending.size();
    std::vector<sort_value> values;
    values.reserve(keys.size());
    for (const std::string_view key : keys)
        values.push_back(read_sort_value(key));
    std::vector<std::uint32_t> order(keys.size() / per_item);
    std::iota(order.begin(), order.end(), 0u);
    const auto before = [&](std::uint32_t left, std::uint32_t right) {
        for (std::size_t number = 0; number < per_item; ++number) {
            const sort_value& a = values[left * per_item + number];
            const sort_value& b = values[right * per_item + number];
            const std::weak_ordering way = compare(a, b);
            if (way == 0) continue;
            const bool nothing = a.is == sort_value::rank::nothing || b.is == sort_value::rank::nothing;
            return (way < 0) != (descending[number] && !nothing);
        }
        return left < right;
    };
    wanted = std::min(wanted, order.size());
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(wanted);
    if (wanted < order.size() / 4) {
        std::partial_sort(order.begin(), end, order.end(), before);
    } else {
        std::sort(order.begin(), order.end(), before);
    }
    order.resize(wanted);
    return order;
}

}  // namespace nearside::aggregators
