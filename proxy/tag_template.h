// A tag as an operator writes it, `job:{1}` or `owner:{request.owner.id}`: text, and references to what the path
// matched, to a parameter of the query, to values in a JSON body. Parsing checks all that is known at load.
// Values; once parsed, any thread may read.
#pragma once

#include "aggregators/json_path.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nearside::proxy {

// What a reference may name.
struct tag_scope {
    // Of the route's path, in order; empty for `*` and `**`.
    std::span<const std::string> captures;
    bool bodies = false;  // of request and response
    // False where the path is faulty: it may have others, once it is mended.
    bool counted = true;
    bool named = true;
};

class tag_template {
public:
    enum class message : std::uint8_t { request, response };

    // What the path matched: `{1}` is 0.
    struct capture {
        std::size_t position = 0;
    };
    struct parameter {
        std::string name;
    };
    struct body_value {
        message of = message::request;
        aggregators::json_path path;
    };
    using reference = std::variant<capture, parameter, body_value>;

    struct piece {
        std::string literal;
        std::optional<reference> then;  // after the literal
        std::size_t offset = 0;         // of the reference within the text
    };

    static aggregators::parsed<tag_template> parse(std::string_view text, const tag_scope& scope);

    const std::vector<piece>& pieces() const noexcept { return pieces_; }

private:
    std::vector<piece> pieces_;
};

}  // namespace nearside::proxy
