// A step's `when:`: a condition on references, `project.archived == false and not (page > 3)`.
//   condition   any of: comparisons, `not c`, `c and c`, `c or c`, `( c )`; `not` binds tightest, then `and`
//   comparison  operand, or operand `==` `!=` `<` `<=` `>` `>=` operand
//   operand     a reference, a number, "text" or 'text', true, false, null
// A value alone holds unless it is null, missing, false, 0 or "". What is missing counts as null. Values of different
// types are unequal and never ordered (RFC 9535 2.3.5.2.2); a parameter, which is text, is compared as the type of what
// it is compared with. Parsed at load; values; any thread may read.
#pragma once

#include "aggregators/json_path.h"
#include "aggregators/url_template.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

class condition {
public:
    struct reference_site {
        std::string text;
        std::size_t offset = 0;  // within the condition
    };

    static parsed<condition> parse(std::string_view text);

    const std::string& text() const noexcept { return text_; }
    const std::vector<reference_site>& references() const noexcept { return references_; }

    // One value a reference, in order.
    bool holds(std::span<const url_value* const> values) const;

private:
    friend class condition_parser;

    struct operand {
        std::int32_t reference = -1;  // else a literal
        json_literal literal;
    };
    struct node {
        enum class kind : std::uint8_t { truth, compare, negation, both, either };
        kind is = kind::truth;
        comparison compare = comparison::equal;
        operand left_value, right_value;
        std::uint32_t left = 0, right = 0;  // nodes
    };

    bool holds(std::uint32_t at, std::span<const url_value* const> values) const;

    std::string text_;
    std::vector<reference_site> references_;
    std::vector<node> nodes_;  // each after its parts; the last one is the whole
};

}  // namespace nearside::aggregators
