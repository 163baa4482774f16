// A paginated list in the making, as a pure machine: which page to ask for next, and which items to add to the list.
// With a count and a next page that tells how pages are numbered, all others are known after the first; else each tells
// the next. Owned by one run; one thread.
//
// The list may change while it is read. A page that should be there and is not (404) or is empty ends the list, unless
// a later one has items: then it is missing. A page that tells of no next one ends it, too, whatever the count says:
// none is asked for behind it any more, unless one of those under way has items. Where the last known page tells of a
// next one, the list goes on there.
// Items that move from one page to another in between are in the list twice, or not at all.
#pragma once

#include "aggregators/page_reading.h"
#include "aggregators/page_urls.h"
#include "core/body.h"
#include "core/error.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace nearside::aggregators {

// A list that the upstream gives page by page.
struct plan_pages {
    page_paths paths;
    page_origin origin;  // the step's upstream
    std::string text;    // all of this, so that equal lists are gathered once
    std::uint32_t max = 0;
    std::uint32_t parallel = 1;
    std::uint32_t pipeline = 1;         // calls that a connection takes at once
    std::optional<std::uint32_t> size;  // items of a full page; nothing: as many as the first one has

    // Calls that are started before the first of them has ended: `parallel` of them have a connection.
    std::uint64_t most_started() const noexcept { return std::uint64_t{parallel} * pipeline; }
};

class page_list {
public:
    // `how` outlives it.
    page_list(const plan_pages& how, std::string first_target);

    // The page to ask for now, which counts as asked for; nothing: none is known of, or enough are under way.
    std::optional<std::uint32_t> ask();
    const std::string& target_of(std::uint32_t page) const { return pages_[page].target; }

    // What came of a page. An error: it is the list's.
    void came(std::uint32_t page);
    std::optional<error> was_read(std::uint32_t page, page_found found, buffer document);
    std::optional<error> is_missing(std::uint32_t page, error why);

    // What is to be added next, each page once and in order; pages without items are passed over.
    struct addition {
        std::uint32_t page = 0;
        buffer document;
        std::string_view items;
    };
    std::optional<addition> add();

    // Pages that are known of.
    std::size_t known() const noexcept { return pages_.size(); }

    // Every page that is known of has been added, or those up to the one that says it is the last.
    bool is_complete() const noexcept { return added_ == pages_.size() || (said_to_end() && added_ == asked_); }
    // It goes on after `max` pages.
    bool is_cut() const noexcept { return cut_; }
    // Of the whole list, as far as the first page tells.
    std::uint64_t expected_bytes() const noexcept;

private:
    struct page_state {
        enum class kind : std::uint8_t { known, asked, came, read, missing };
        kind is = kind::known;
        std::string target;
        buffer document;
        std::string_view items;
    };

    std::optional<error> goes_on(std::uint32_t page, std::string_view next, std::uint64_t items,
                                 std::optional<std::uint64_t> count);
    void know_of(std::string target);
    // A page that was asked for says that it is the last, and none behind it proves it wrong.
    bool said_to_end() const noexcept {
        return first_without_next_ < asked_ && last_with_items_ <= first_without_next_;
    }

    const plan_pages& how_;
    std::deque<page_state> pages_;
    std::unordered_set<std::string> seen_;  // targets
    std::uint32_t asked_ = 0;
    std::uint32_t under_way_ = 0;  // asked for and not read: a page may say that none is behind it
    std::uint32_t added_ = 0;
    std::uint64_t first_bytes_ = 0;  // of the items of the first page
    bool cut_ = false;
    std::uint32_t last_with_items_ = 0;
    std::uint32_t first_without_next_ = UINT32_MAX;
    std::uint32_t first_missing_ = UINT32_MAX;
    error why_missing_;
};

}  // namespace nearside::aggregators
