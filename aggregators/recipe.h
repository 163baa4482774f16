// What the last run of a view called: the URLs that it resolved, and what each brought, as a hash. Small, holds nothing
// of any document but the ids that are in URLs, and is kept far longer than the view's body. A value; any thread.
#pragma once

#include "core/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

struct recipe_call {
    std::string upstream;
    std::string target;
    std::uint32_t wave = 1;
    std::uint32_t step = 0;
    std::optional<milliseconds> timeout;  // the step's own
    std::uint64_t content_hash = 0;       // 0: not known, or it brought no document
    std::uint64_t asked_with = 0;         // the hash of what a safe POST sent; 0: a GET. Only these are speculated

    friend bool operator==(const recipe_call&, const recipe_call&) = default;
};

struct recipe {
    // A run of more calls, or whose text would be longer, leaves none.
    static constexpr std::size_t most_calls = 10'000;
    static constexpr std::size_t most_bytes = 2 * 1024 * 1024;

    std::string made;  // entity tag of the view that they made; empty: not known
    std::vector<recipe_call> calls;

    friend bool operator==(const recipe&, const recipe&) = default;
};

// nullopt: over the bounds, or there is nothing worth keeping.
std::optional<std::string> to_text(const recipe& of);

// Strict: whatever to_text() would not have written is no recipe.
std::optional<recipe> parse_recipe(std::string_view text);

}  // namespace nearside::aggregators
