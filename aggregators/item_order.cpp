#include "aggregators/item_order.h"

#include "aggregators/json_text.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

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
            value.text = raw.substr(1, raw.size() - 2);
            if (raw.find('\\') != std::string_view::npos) {
                std::string decoded;
                if (decode_json_string(raw, decoded))
                    value.decoded = std::make_unique<const std::string>(std::move(decoded));
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
        const std::string_view a = left.decoded == nullptr ? left.text : std::string_view(*left.decoded);
        const std::string_view b = right.decoded == nullptr ? right.text : std::string_view(*right.decoded);
        return a <=> b;
    }
    if (left.is != sort_value::rank::number) return std::weak_ordering::equivalent;
    // Rounding keeps the order of numbers, but may make two of them one.
    if (!left.rough && !right.rough && left.approximate != right.approximate)
        return left.approximate < right.approximate ? std::weak_ordering::less : std::weak_ordering::greater;
    return left.text == right.text ? std::weak_ordering::equivalent : compare_json_numbers(left.text, right.text);
}

std::weak_ordering compare_directed(const sort_value& left, const sort_value& right, bool descending) {
    const std::weak_ordering way = compare(left, right);
    const bool nothing = left.is == sort_value::rank::nothing || right.is == sort_value::rank::nothing;
    return descending && !nothing ? 0 <=> way : way;
}

std::vector<std::uint32_t> sorted_items(std::span<const sort_value> values, const std::vector<bool>& descending,
                                        std::size_t wanted) {
    const std::size_t per_item = descending.size();
    std::vector<std::uint32_t> order(values.size() / per_item);
    std::iota(order.begin(), order.end(), 0u);
    const auto before = [&](std::uint32_t left, std::uint32_t right) {
        for (std::size_t number = 0; number < per_item; ++number) {
            const std::weak_ordering way = compare_directed(values[left * per_item + number],
                                                            values[right * per_item + number], descending[number]);
            if (way != 0) return way < 0;
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
