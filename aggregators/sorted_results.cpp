#include "aggregators/sorted_results.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace nearside::aggregators {
namespace {

// Beyond twice of what is shown; so that few items don't make much of dropping.
constexpr std::size_t slack = 256;  // items

}  // namespace

sorted_results::sorted_results(const std::vector<bool>& descending, std::uint64_t shown)
    : descending_(descending), shown_(std::min<std::uint64_t>(shown, std::numeric_limits<std::uint32_t>::max())) {}

void sorted_results::begin_item(const rope& text) {
    item_ = text.here();
    begins_.push_back(text.size());
}

void sorted_results::end_item(rope& text, std::span<const std::string_view> keys) {
    if (!last_shown_.empty() && stays_behind(keys)) {
        begins_.pop_back();
        text.back_to(item_);
        return;
    }
    keys_.insert(keys_.end(), keys.begin(), keys.end());
    prune(text);
}

// Of items that are alike, the earlier ones come first.
bool sorted_results::stays_behind(std::span<const std::string_view> keys) const {
    for (std::size_t number = 0; number < keys.size(); ++number) {
        const std::weak_ordering way =
            compare_directed(read_sort_value(keys[number]), last_shown_[number], descending_[number]);
        if (way != 0) return way > 0;
    }
    return true;
}

// Only of what came since the last remembering: what was there before it may still be asked for.
void sorted_results::prune(rope& text) {
    const memory since = memories_.empty() ? memory{} : memories_.back();
    const std::size_t count = begins_.size() - since.items;
    if (count < 2 * shown_ + slack) return;
    std::vector<sort_value> values = values_from(since.items);
    std::vector<std::uint32_t> kept = sorted_items(values, descending_, shown_);
    const std::size_t per_item = descending_.size();
    last_shown_.clear();
    if (since.items == 0 && !kept.empty()) {
        for (std::size_t number = 0; number < per_item; ++number)
            last_shown_.push_back(std::move(values[kept.back() * per_item + number]));
    }
    std::ranges::sort(kept);

    const std::vector<std::size_t> parts = text.parts();
    rope kept_text;
    std::vector<std::size_t> begins;
    std::vector<std::string_view> keys;
    for (const std::uint32_t number : kept) {
        const std::size_t item = since.items + number;
        begins.push_back(kept_text.size());
        keys.insert(keys.end(), keys_.begin() + static_cast<std::ptrdiff_t>(item * per_item),
                    keys_.begin() + static_cast<std::ptrdiff_t>((item + 1) * per_item));
        const std::size_t end = item + 1 < begins_.size() ? begins_[item + 1] : text.size();
        kept_text.append(text, parts, begins_[item], end);
    }
    text.back_to(since.place);
    begins_.resize(since.items);
    keys_.resize(since.items * per_item);
    for (const std::size_t begin : begins)
        begins_.push_back(text.size() + begin);
    keys_.insert(keys_.end(), keys.begin(), keys.end());
    text.append(kept_text);
}

std::vector<sort_value> sorted_results::values_from(std::size_t item) const {
    std::vector<sort_value> values;
    const std::size_t first = item * descending_.size();
    values.reserve(keys_.size() - first);
    for (std::size_t at = first; at < keys_.size(); ++at)
        values.push_back(read_sort_value(keys_[at]));
    return values;
}

void sorted_results::write(rope& text, std::uint64_t offset, rope& out) const {
    if (offset >= begins_.size()) return;
    const std::vector<std::uint32_t> order = sorted_items(values_from(0), descending_, shown_);
    const std::vector<std::size_t> parts = text.parts();
    for (std::size_t at = offset; at < order.size(); ++at) {
        if (at > offset) out.append(',');
        const std::size_t item = order[at];
        out.append(text, parts, begins_[item], item + 1 < begins_.size() ? begins_[item + 1] : text.size());
    }
}

void sorted_results::remember(const rope& text) {
    memories_.push_back({begins_.size(), text.here()});
}

void sorted_results::go_back() {
    begins_.resize(std::min(begins_.size(), memories_.back().items));
    keys_.resize(begins_.size() * descending_.size());
    last_shown_.clear();
}

void sorted_results::forget(rope& text) {
    memories_.pop_back();
    prune(text);
}

void sorted_results::clear() {
    begins_.clear();
    keys_.clear();
    last_shown_.clear();
    std::ranges::fill(memories_, memory{});
}

}  // namespace nearside::aggregators
