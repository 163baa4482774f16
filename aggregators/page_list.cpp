#include "aggregators/page_list.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace nearside::aggregators {

page_list::page_list(const plan_pages& how, std::string first_target) : how_(how) {
    know_of(std::move(first_target));
}

void page_list::know_of(std::string target) {
    seen_.insert(target);
    pages_.emplace_back().target = std::move(target);
}

std::optional<std::uint32_t> page_list::ask() {
    if (asked_ == pages_.size() || under_way_ >= how_.most_started() || said_to_end()) return std::nullopt;
    pages_[asked_].is = page_state::kind::asked;
    ++under_way_;
    return asked_++;
}

void page_list::came(std::uint32_t page) {
    assert(pages_[page].is == page_state::kind::asked);
    pages_[page].is = page_state::kind::came;
}

std::optional<error> page_list::was_read(std::uint32_t page, page_found found, buffer document) {
    page_state& state = pages_[page];
    assert(state.is == page_state::kind::came);
    state.is = page_state::kind::read;
    --under_way_;
    state.document = std::move(document);
    state.items = found.items;
    if (page == 0) first_bytes_ = found.items.size();
    if (found.item_count > 0) {
        if (page > first_missing_) return why_missing_;
        last_with_items_ = std::max(last_with_items_, page);
    }
    if (!found.next) first_without_next_ = std::min(first_without_next_, page);
    if (page + 1 < pages_.size() || !found.next || first_missing_ != UINT32_MAX) return std::nullopt;
    if (pages_.size() >= how_.max) {
        cut_ = true;
        return std::nullopt;
    }
    return goes_on(page, *found.next, found.item_count, page == 0 ? found.count : std::nullopt);
}

std::optional<error> page_list::goes_on(std::uint32_t page, std::string_view next, std::uint64_t items,
                                        std::optional<std::uint64_t> count) {
    auto target = resolve_next(next, pages_[page].target, how_.origin);
    if (!target) return std::move(target).error();
    if (seen_.contains(*target))
        return error{errc::next_refused, "`next` leads back to a page of this list that was read already"};
    std::optional<page_series> series;
    if (count) series = find_page_series(pages_[page].target, *target, items);
    know_of(*std::move(target));
    if (!series) return std::nullopt;
    const std::uint64_t size = how_.size ? *how_.size : items;
    const auto all = static_cast<std::uint32_t>(std::min<std::uint64_t>(series->pages_of(*count, size), how_.max));
    for (std::uint32_t more = 2; more < all; ++more)
        know_of(series->target_of(more));
    return std::nullopt;
}

std::optional<error> page_list::is_missing(std::uint32_t page, error why) {
    if (pages_[page].is == page_state::kind::asked) --under_way_;
    pages_[page].is = page_state::kind::missing;
    if (page < first_missing_) {
        first_missing_ = page;
        why_missing_ = std::move(why);
    }
    if (page < last_with_items_) return why_missing_;
    return std::nullopt;
}

std::optional<page_list::addition> page_list::add() {
    while (added_ < pages_.size()) {
        page_state& state = pages_[added_];
        if (state.is != page_state::kind::read && state.is != page_state::kind::missing) return std::nullopt;
        addition next{added_++, std::move(state.document), state.items};
        state.document = {};
        if (!next.items.empty()) return next;
    }
    return std::nullopt;
}

std::uint64_t page_list::expected_bytes() const noexcept {
    // Pages differ a little; what is too much is given back.
    return (first_bytes_ + 1) * pages_.size() + first_bytes_ * pages_.size() / 16;
}

}  // namespace nearside::aggregators
