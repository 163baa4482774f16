// What a step got, as selection (select.h) and composition (compose.h) read it: one document, or, for an `each` step, a
// list of documents in input order. Values that share bytes; any thread may read.
#pragma once

#include "core/body.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace nearside::aggregators {

struct step_value {
    // In `which`: this input got nothing (its step was skipped for it); its value is null.
    static constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();

    bool list = false;
    // Not a list: exactly one. A list: each distinct one once.
    std::vector<buffer> documents;
    // A list: which document input number i got. Equal URLs share one.
    std::vector<std::uint32_t> which;
    // A list: where input number i begins (json_value::raw.data() of the item it was made for), the identity that
    // `metrics[job]` looks up. Empty when nothing looks it up.
    std::vector<const char*> items;

    static step_value single(buffer document);
    // The value of a step that was skipped, or failed without an `else`.
    static step_value null();

    // The document that input number `number` of a list got; null when there is none.
    const buffer* input(std::size_t number) const noexcept {
        return which[number] == nothing ? nullptr : &documents[which[number]];
    }
    // The document that the input beginning at `item` got; null when there is none. Cheapest when asked in input order:
    // `hint` is where to look first, and is moved on.
    const buffer* for_item(const char* item, std::size_t& hint) const noexcept;
};

}  // namespace nearside::aggregators
