// The results of a loop that is sorted, while the loop goes on: where in its text each of them begins, and what it is
// sorted by. Where only the first so many are shown, no more than a few times as many are held: those that stay behind
// are dropped, and their text with them.
// Owned by one composition; one thread.
#pragma once

#include "aggregators/item_order.h"
#include "aggregators/rope.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

// The loop's text is its owner's, and the same one in every call.
class sorted_results {
public:
    // `shown`: how many of them, sorted, are wanted at most. `descending`: for each value that they are sorted by.
    sorted_results(const std::vector<bool>& descending, std::uint64_t shown);

    void begin_item(const rope& text);
    // `keys` point into documents that live on.
    void end_item(rope& text, std::span<const std::string_view> keys);
    // Those from number `offset` on, divided by commas.
    void write(rope& text, std::uint64_t offset, rope& out) const;

    // What is held now stays until it is forgotten, or all that came after it is taken back (projection_sink).
    void remember(const rope& text);
    void go_back();  // the text has gone back already
    void forget(rope& text);
    // The text is cleared, too.
    void clear();

private:
    struct memory {
        std::size_t items = 0;
        rope::mark place;
    };

    bool stays_behind(std::span<const std::string_view> keys) const;
    void prune(rope& text);
    std::vector<sort_value> values_from(std::size_t item) const;

    const std::vector<bool>& descending_;
    const std::uint64_t shown_;
    std::deque<std::size_t> begins_;      // bytes, of the text
    std::deque<std::string_view> keys_;   // descending_.size() an item
    std::vector<memory> memories_;        // a stack
    std::vector<sort_value> last_shown_;  // what one more must come before; empty: not known
    rope::mark item_;                     // where the last one begins
};

}  // namespace nearside::aggregators
