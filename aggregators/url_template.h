// A path template of a step, `/api/jobs/?project={id}&page={page}`: literal text and places for references. Parsing
// checks everything that is known at load; expanding puts values in so that none can change more than its own place.
// Values; once parsed, any thread may read.
#pragma once

#include "aggregators/json_path.h"
#include "core/error.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearside::aggregators {

// What a reference came to, ready to be put into a URL.
struct url_value {
    enum class kind : std::uint8_t {
        absent,      // null, or nothing selected: what needs it is skipped
        text,        // decoded: a string's characters, a number as written, true or false
        wrong_type,  // an object, a list, or a string that is no text: it has no place in a URL
    };
    enum class type : std::uint8_t { text, number, boolean };
    kind is = kind::absent;
    std::string text;
    bool from_client = false;  // a parameter of the request
    type was = type::text;
};

class url_template {
public:
    enum class place : std::uint8_t { path, query };

    struct reference_site {
        std::string text;        // between the braces
        std::size_t offset = 0;  // of that text within the template
        place where = place::path;
        bool whole_pair = false;  // the query pair is `name={reference}` and nothing else
    };

    static parsed<url_template> parse(std::string_view text);

    const std::string& text() const noexcept { return text_; }
    const std::vector<reference_site>& references() const noexcept { return references_; }

    // From now on a pair `name={reference}` is left out where that reference is absent, instead of skipping the call.
    // Only for a site with `whole_pair`. It is what the planner asks for with query parameters of the view that
    // default to null.
    void drop_pair_when_absent(std::size_t reference);

    struct expansion {
        bool skipped = false;  // a value is absent: there is no URL
        std::string target;    // origin-form (RFC 9112 3.2.1)
    };
    // One value a reference, in order. Fails with wrong_type, or with unsafe_reference where a path segment would
    // become empty, `.` or `..`, also for servers that decode %2F before they look at dot segments; with
    // invalid_parameter where nothing but the client's own values makes it so.
    result<expansion> expand(std::span<const url_value* const> values) const;

private:
    struct piece {
        std::string literal;  // before the reference; the last piece of a run has no reference
        std::int32_t reference = -1;
    };
    struct pair {
        std::vector<piece> pieces;
        std::int32_t dropped_without = -1;  // index of the reference
    };
    // Runs of pieces: one a path segment (without the slashes), one a query pair (without `&`).
    std::string text_;
    std::vector<std::vector<piece>> segments_;
    std::vector<pair> pairs_;
    bool has_query_ = false;
    std::vector<reference_site> references_;
};

}  // namespace nearside::aggregators
