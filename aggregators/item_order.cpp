#include "aggregators/item_order.h"

#include "aggregators/json_text.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <numeric>
#include <utility>

namespace nearside::aggregators {

sort_value sort_value::of_number(std::string_view raw) noexcept {
    sort_value value(rank::number);
    value.raw_ = raw;
    const auto [end, failure] = std::from_chars(raw.data(), raw.data() + raw.size(), value.approximate_);
    value.rough_ = failure != std::errc{};
    return value;
}

sort_value sort_value::of_string(std::string_view raw) {
    sort_value value(rank::string);
    value.raw_ = raw;
    if (raw.find('\\') == std::string_view::npos) return value;
    // What is no text (half a surrogate pair) is compared as it is written.
    auto reads = std::make_unique<std::string>();
    if (!decode_json_string({raw.data() - 1, raw.size() + 2}, *reads)) return value;
    value.reads_ = reads.release();
    value.decoded_ = true;
    return value;
}

sort_value::~sort_value() {
    if (decoded_) delete reads_;
}

sort_value::sort_value(sort_value&& other) noexcept
    : is_(other.is_), rough_(other.rough_), decoded_(std::exchange(other.decoded_, false)), raw_(other.raw_) {
    if (decoded_)
        reads_ = other.reads_;
    else
        approximate_ = other.approximate_;
}

sort_value& sort_value::operator=(sort_value&& other) noexcept {
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
}

std::optional<double> sort_value::approximate() const noexcept {
    return rough_ ? std::nullopt : std::optional(approximate_);
}

std::string_view sort_value::text() const noexcept {
    return decoded_ ? std::string_view(*reads_) : raw_;
}

sort_value read_sort_value(std::string_view raw) {
    using rank = sort_value::rank;
    if (raw.empty()) return sort_value(rank::nothing);
    switch (raw.front()) {
        case 'n':
            return sort_value(rank::nothing);
        case 'f':
            return sort_value(rank::falsehood);
        case 't':
            return sort_value(rank::truth);
        case '[':
        case '{':
            return sort_value(rank::other);
        case '"':
            return sort_value::of_string(raw.substr(1, raw.size() - 2));
        default:
            return sort_value::of_number(raw);
    }
}

std::weak_ordering compare(const sort_value& left, const sort_value& right) {
    if (left.is() != right.is()) return left.is() <=> right.is();
    // UTF-8 sorts by bytes as Unicode does by code points.
    if (left.is() == sort_value::rank::string) return left.text() <=> right.text();
    if (left.is() != sort_value::rank::number) return std::weak_ordering::equivalent;
    const std::optional<double> a = left.approximate();
    const std::optional<double> b = right.approximate();
    if (a && b && *a != *b) return *a < *b ? std::weak_ordering::less : std::weak_ordering::greater;
    return left.text() == right.text() ? std::weak_ordering::equivalent
                                       : compare_json_numbers(left.text(), right.text());
}

std::weak_ordering compare_directed(const sort_value& left, const sort_value& right, bool descending) {
    const std::weak_ordering way = compare(left, right);
    const bool nothing = left.is() == sort_value::rank::nothing || right.is() == sort_value::rank::nothing;
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
