#include "aggregators/braces.h"

#include <utility>

namespace nearside::aggregators {

parsed<std::vector<braced_piece>> split_at_braces(std::string_view text) {
    std::vector<braced_piece> pieces;
    std::string literal;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '}') return path_problem{at, "`}` without `{`", "add `{`, or take it out"};
        if (text[at] != '{') {
            literal.push_back(text[at]);
            continue;
        }
        const std::size_t close = text.find_first_of("{}", at + 1);
        if (close == std::string_view::npos || text[close] == '{')
            return path_problem{at, "`{` without `}`", "close the reference with `}`, or take it out"};
        pieces.push_back({std::exchange(literal, {}), text.substr(at + 1, close - at - 1), at + 1});
        at = close;
    }
    if (!literal.empty()) pieces.push_back({std::move(literal), std::nullopt, text.size()});
    return pieces;
}

}  // namespace nearside::aggregators
