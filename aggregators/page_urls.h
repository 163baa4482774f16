// Where a paginated list continues: what a page's `next` means, and whether the URLs of all further pages can be told
// from it. Pure; any thread.
#pragma once

#include "core/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearside::aggregators {

// The upstream that a list may continue at, as its configuration says (config::upstream_settings).
struct page_origin {
    std::string scheme, host;  // lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;
    std::string base_path;  // without trailing slash; in every target of the upstream, and not in ours
};

// What `next` comes to when it stands in the answer to `target` (RFC 3986 5.2): a target of the same upstream, its base
// path taken off. next_refused where it leads anywhere else.
result<std::string> resolve_next(std::string_view next, std::string_view target, const page_origin& upstream);

// All further pages, where they can be told from the first two: one number in the query goes up by the same step.
struct page_series {
    std::string before, after;  // of the target, around the number
    std::uint64_t second = 0;   // the number of the second page
    std::uint64_t step = 1;     // 1: pages are counted; else: items are
    std::uint64_t skipped = 0;  // pages (or items, by `step`) of the list that come before the first page
    bool counts_items = false;  // what `step` and `skipped` count

    // Page 0 is the first; only for others.
    std::string target_of(std::uint64_t page) const;
    // How many pages there are from the first one on, of a list of `count` items, `size` a page.
    std::uint64_t pages_of(std::uint64_t count, std::uint64_t size) const noexcept;
};

// `first` and `second`: the targets of the first two pages; `size`: the items on the first. Nothing where that leaves
// any doubt, as with a cursor: then each page has to tell the next.
std::optional<page_series> find_page_series(std::string_view first, std::string_view second, std::uint64_t size);

}  // namespace nearside::aggregators
