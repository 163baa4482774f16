// Puts a gathered list together: one JSON array of what the pages hold, in the upstream's own bytes. A page is let go
// as soon as its items are in, so that the list and its pages are not in memory twice. One owner; one thread at a time.
#pragma once

#include "core/body.h"

#include <cstdint>
#include <string_view>

namespace nearside::aggregators {

class list_splicer {
public:
    // `expected_bytes`: of the whole list; wrong by a little costs nothing, too small costs copies.
    explicit list_splicer(std::uint64_t expected_bytes);

    // `items`: what stands between a page's brackets; not empty.
    void add(std::string_view items);
    std::uint64_t size() const noexcept { return writer_.size(); }
    // The splicer is empty afterwards.
    buffer finish();

private:
    buffer_writer writer_;
};

}  // namespace nearside::aggregators
